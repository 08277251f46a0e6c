"""The jobs that docs/admin-api.md describes, done by the client that openapi-python-client makes of the served document.

Environment: RELAYPOINT_URL, RELAYPOINT_TOKEN; PYTHONPATH has the generated package. Prints the join command of its DP, which
somebody has to run, and one line for each job that is done.
"""

import io
import os
import time

from relaypoint_client.api.accounts import create_account
from relaypoint_client.api.brakes import list_brakes, release_brake, set_brake
from relaypoint_client.api.computers import get_computer_timeline, list_computers, release_computers
from relaypoint_client.api.distribution_points import (
    create_distribution_point,
    enable_distribution_point,
    get_distribution_point,
)
from relaypoint_client.api.imports import commit_import, create_import, get_import, list_import_rows
from relaypoint_client.api.orders import list_orders
from relaypoint_client.api.session import get_session
from relaypoint_client.api.settings import change_tenant_settings, get_tenant_settings
from relaypoint_client.client import AuthenticatedClient
from relaypoint_client.models import (
    BrakeScopeDto,
    ChangeSettingsDto,
    ComputerFilterDto,
    ComputerState,
    CreateAccountDto,
    CreateAccountDtoScopeType1,
    CreateDistributionPointDto,
    CreateImportFilesBody,
    CreateImportFilesBodySource,
    EnableDto,
    ImportState,
    ImportVerdict,
    LiftBrakeDto,
    OpenBrakeDto,
    OrderState,
    ProblemDto,
    ReleaseComputersDto,
    Role,
)
from relaypoint_client.types import File

client = AuthenticatedClient(base_url=os.environ["RELAYPOINT_URL"], token=os.environ["RELAYPOINT_TOKEN"])


def until(ask, holds):
    """Asks again until the answer is as wanted."""
    for _ in range(300):
        found = ask()
        if holds(found):
            return found
        time.sleep(0.2)
    raise AssertionError(f"still {found}")


def done(job):
    print(f"done: {job}", flush=True)


session = get_session.sync(client=client)
assert session.role is Role.OWNER and session.tenants == "all", session
done("log in by token")

dp = create_distribution_point.sync(
    client=client, body=CreateDistributionPointDto(id="east", name="Site East", tenant="default")
)
print(dp.join_command, flush=True)
joined = until(lambda: get_distribution_point.sync("east", client=client), lambda dp: dp.key_fingerprint)
enabled = enable_distribution_point.sync(
    "east", client=client, body=EnableDto(key_fingerprint=joined.key_fingerprint)
)
assert enabled.state == "enabled", enabled
done("create a DP")

account = create_account.sync(
    client=client,
    body=CreateAccountDto(
        label="Rollout",
        tenant="default",
        username="rollout",
        password="only for this test",
        scope=CreateAccountDtoScopeType1(dps=["east"]),
    ),
)
assert [(sealed.dp, sealed.stale) for sealed in account.sealed_for] == [("east", False)], account
done("enter an account")

run = create_import.sync(
    client=client,
    body=CreateImportFilesBody(
        source=CreateImportFilesBodySource.CSV,
        tenant="default",
        dp="east",
        file=File(io.BytesIO(b"name\nPY-1\nPY-2\n\nbad name!\n"), "computers.csv", "text/csv"),
    ),
)
until(lambda: get_import.sync(run.id, client=client), lambda run: run.state is ImportState.PREVIEWED)
rejected = list_import_rows.sync(run.id, client=client, verdict=ImportVerdict.REJECTED)
assert rejected.total == 1 and rejected.items[0].messages[0].text, rejected
commit_import.sync(run.id, client=client)
until(lambda: get_import.sync(run.id, client=client), lambda run: run.state is ImportState.COMMITTED)
done("import a CSV file")

released = release_computers.sync(
    client=client, body=ReleaseComputersDto(filter_=ComputerFilterDto(import_=run.id))
)
assert all(result.order and result.dp == "east" for result in released.results), released
ready = until(
    lambda: list_computers.sync(client=client, import_=run.id, state=ComputerState.READY),
    lambda page: page.total == 2,
)
timeline = get_computer_timeline.sync(ready.items[0].id, client=client)
assert timeline.total > 3, timeline
orders = list_orders.sync(client=client, dp="east", state=OrderState.SUCCEEDED)
assert {order.computer_name for order in orders.items} == {"PY-1", "PY-2"}, orders
done("release and watch")

brake = set_brake.sync(client=client, body=OpenBrakeDto(scope=BrakeScopeDto(dp="east"), reason="maintenance"))
assert [one.id for one in list_brakes.sync(client=client, open_=True).items] == [brake.id]
lifted = release_brake.sync(brake.id, client=client, body=LiftBrakeDto(reason="all done"))
assert lifted.lifted.reason == "all done", lifted
done("set and release a brake")

before = get_tenant_settings.sync_detailed("default", client=client)
etag = before.headers["ETag"]
changed = change_tenant_settings.sync(
    "default", client=client, body=ChangeSettingsDto(concurrency=7), if_match=etag
)
assert changed.values.concurrency == 7, changed
stale = change_tenant_settings.sync_detailed(
    "default", client=client, body=ChangeSettingsDto(concurrency=8), if_match=etag
)
assert stale.status_code == 412 and isinstance(stale.parsed, ProblemDto), stale
assert stale.parsed.code == "REVISION_STALE", stale
done("change a setting with its ETag")
