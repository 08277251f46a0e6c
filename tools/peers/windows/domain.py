"""Puts the accounts that the tests log in with into a freshly provisioned Samba domain.

usage: domain.py SMB_CONF PASSWORD

Works on the database itself, while the controller is down, in one transaction. Prints the SIDs of the groups whose
members administer the computers. Runs under the distribution's Python, which has Samba's bindings.
"""

import base64
import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

CONF, PASSWORD = sys.argv[1:3]
ADMINS = "Workstation Admins"
LOCKOUT_TRIES = "5"
MINUTES = -60 * 10**7  # MS-ADTS: a duration is a negative number of 100 ns


def replace(db, dn, attribute, value):
    db.modify_ldif(f"dn: {dn}\nchangetype: modify\nreplace: {attribute}\n{attribute}: {value}\n")


def fill(db):
    base = str(db.domain_dn())
    # nothing may expire while a snapshot is kept, but for the account that is meant to
    db.set_maxPwdAge("0")
    db.set_minPwdAge("0")
    replace(db, base, "lockoutThreshold", LOCKOUT_TRIES)
    for attribute in ("lockoutDuration", "lockOutObservationWindow"):
        replace(db, base, attribute, str(30 * MINUTES))

    admins = ["deploy", "deploy2", "disabled", "expired", "mustchange", "lockme", "offhours"]
    for name in [*admins, "plain"]:
        db.newuser(name, PASSWORD)
    db.newgroup(ADMINS)
    db.add_remove_group_members(ADMINS, admins, add_members_operation=True)
    db.disable_account("(sAMAccountName=disabled)")
    replace(db, f"CN=expired,CN=Users,{base}", "accountExpires", str(10**7))  # a second after the year 1601 began
    replace(db, f"CN=mustchange,CN=Users,{base}", "pwdLastSet", "0")
    # not within any hour of the week
    hours = base64.b64encode(bytes(21)).decode()
    db.modify_ldif(
        f"dn: CN=offhours,CN=Users,{base}\nchangetype: modify\nreplace: logonHours\nlogonHours:: {hours}\n"
    )


def sid_of(db, name):
    found = db.search(base=db.domain_dn(), expression=f"(sAMAccountName={name})", attrs=["objectSid"])
    return db.schema_format_value("objectSid", found[0]["objectSid"][0]).decode()


def main():
    parameters = LoadParm()
    parameters.load(CONF)
    db = SamDB(lp=parameters, session_info=system_session())
    db.transaction_start()
    try:
        fill(db)
    except BaseException:
        db.transaction_cancel()
        raise
    db.transaction_commit()
    print(sid_of(db, ADMINS), sid_of(db, "Domain Admins"))


main()
