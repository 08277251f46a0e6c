"""Fills a freshly provisioned Samba domain with the computers, units, groups and accounts that the tests look for.

usage: ad-directory.py SMB_CONF EXPECTED_JSON PASSWORD

Works on the database itself, while the controller is down, in one transaction. EXPECTED_JSON gets every computer as
the importer should see it. Runs under the distribution's Python, which has Samba's bindings.
"""

import json
import sys
import time

import ldb
from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

CONF, EXPECTED, PASSWORD = sys.argv[1:4]

# MS-ADTS 2.2.16: flags of userAccountControl
WORKSTATION, DISABLED = 0x1000, 0x2
# MS-ADTS 2.2.12: a global security group
GLOBAL_SECURITY = "-2147483646"
# the directory sets these attributes itself, unless it is told that the writer knows better
RELAX = ["relax:0"]
BYPASS = ["relax:0", "local_oid:%s:0" % dsdb.DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID]

SYSTEMS = {
    "w11": ("Windows 11 Enterprise", "10.0 (26100)"),
    "w11pro": ("Windows 11 Pro", "10.0 (22631)"),
    "w10": ("Windows 10 Enterprise", "10.0 (19045)"),
    "w7": ("Windows 7 Professional", "6.1 (7601)"),
    "ubuntu": ("Ubuntu", "24.04"),
    "debian": ("Debian GNU/Linux", "12"),
    "macos": ("macOS", "15.1"),
    "s2016": ("Windows Server 2016 Standard", "10.0 (14393)"),
    "s2019": ("Windows Server 2019 Datacenter", "10.0 (17763)"),
    "s2022": ("Windows Server 2022 Standard", "10.0 (20348)"),
}
SITES = (("Berlin", "BER", 12), ("München", "MUC", 9), ("Köln", "CGN", 7), ("Zürich", "ZRH", 5), ("New York", "NYC", 4))
SITE_SYSTEMS = ("w11", "w11pro", "w10", "ubuntu", "w11", "macos", "w10")
SERVERS = (
    ("SRV-SQL-01", "s2022", 1), ("SRV-SQL-02", "s2022", 2), ("SRV-WEB-01", "s2019", 0), ("SRV-WEB-02", "s2019", 1),
    ("SRV-FILE-01", "s2016", 5), ("SRV-APP-01", "debian", 4), ("SRV-APP-02", "ubuntu", 6),
    ("SRV-BACKUP-01", "s2019", 130), ("SRV-PRINT-01", "s2016", 12),
)


def filetime(days_ago):
    """A moment as AD stores it: 100 ns since 1601."""
    return str(int((time.time() - days_ago * 86400 + 11644473600) * 10**7))


class Directory:
    def __init__(self, db, realm):
        self.db, self.realm, self.base = db, realm, str(db.domain_dn())
        self.computers = []

    def unit(self, path, description=None):
        entry = {"dn": f"{path},{self.base}", "objectClass": "organizationalUnit"}
        if description:
            entry["description"] = description
        self.db.add(entry)
        return entry["dn"]

    def user(self, name):
        self.db.newuser(name, PASSWORD)
        return f"CN={name},CN=Users,{self.base}"

    def replace(self, dn, attribute, value, controls=RELAX):
        message = ldb.Message.from_dict(self.db, {"dn": dn, attribute: value}, ldb.FLAG_MOD_REPLACE)
        self.db.modify(message, controls=controls)

    def computer(self, parent, name, system=None, *, dns=True, enabled=True, seen=3, password_set=None, cn=None, **more):
        """seen: days since the last logon, None for never. dns: True is name.realm, None is none, else as given."""
        rdn = "".join("\\" + c if c in ',+"\\<>;=' else c for c in cn or name)
        dns_name = f"{name.lower()}.{self.realm}" if dns is True else dns
        entry = {
            "dn": f"CN={rdn},{parent}",
            "objectClass": "computer",
            "sAMAccountName": f"{name}$",
            "userAccountControl": str(WORKSTATION | (0 if enabled else DISABLED)),
            **more,
        }
        if system:
            entry["operatingSystem"], entry["operatingSystemVersion"] = SYSTEMS[system]
        if dns_name:
            entry["dNSHostName"] = dns_name
        if seen is not None:
            entry["lastLogonTimestamp"] = filetime(seen)
        self.db.add(entry, controls=RELAX)
        if password_set is None:
            password_set = (seen or 0) + 5
        self.replace(entry["dn"], "pwdLastSet", "0" if password_set == "never" else filetime(password_set), BYPASS)
        self.computers.append({
            "dn": entry["dn"],
            "sAMAccountName": entry["sAMAccountName"],
            "dNSHostName": dns_name,
            "operatingSystem": entry.get("operatingSystem"),
            "enabled": enabled,
            "lastSeenDays": seen,
            "groups": [],
        })
        return entry["dn"]

    def group(self, name, members=(), description=None):
        entry = {
            "dn": f"CN={name},OU=Groups,{self.base}",
            "objectClass": "group",
            "sAMAccountName": name,
            "groupType": GLOBAL_SECURITY,
        }
        if members:
            entry["member"] = list(members)
        if description:
            entry["description"] = description
        self.db.add(entry)
        for computer in self.computers:
            if computer["dn"] in members:
                computer["groups"].append(name)
        return entry["dn"]


def fill(directory):
    base = directory.base
    # an account's password must not expire while a snapshot is kept
    directory.db.set_maxPwdAge("0")
    # by default every account may create ten computers; the one of the importer is to be read-only
    directory.replace(base, "ms-DS-MachineAccountQuota", "0")

    # accounts to bind with; the sub-codes of their refusals are MS-ERREF's (773, 701, 533)
    directory.user("svc-import")
    directory.user("svc-müller")
    manager = directory.user("jdoe")
    directory.user("svc-disabled")
    directory.db.disable_account("(sAMAccountName=svc-disabled)")
    directory.replace(directory.user("svc-expired"), "accountExpires", filetime(30))
    directory.replace(directory.user("svc-mustchange"), "pwdLastSet", "0")

    directory.unit("OU=Sites", "Standorte")
    servers = directory.unit("OU=Servers")
    disabled = directory.unit("OU=Disabled", "Ausgemusterte Geräte")
    directory.unit("OU=Groups")
    directory.unit("OU=Leer", "Ohne Inhalt")

    by_site, number = {}, 0
    for site, code, count in SITES:
        directory.unit(f"OU={site},OU=Sites", f"Standort {site}")
        clients = directory.unit(f"OU=Clients,OU={site},OU=Sites")
        branch = directory.unit(f"OU=Außenstelle Fürth,OU={site},OU=Sites") if code == "MUC" else clients
        by_site[site] = []
        for index in range(count):
            number += 1
            stale = number % 10 == 0
            more = {"managedBy": manager} if number % 9 == 0 else {}
            by_site[site].append(directory.computer(
                branch if index >= 6 else clients,
                f"PC-{code}-{index + 1:03d}",
                SITE_SYSTEMS[number % len(SITE_SYSTEMS)],
                dns=None if number % 12 == 0 else True,
                seen=None if number % 19 == 0 else 210 + number if stale else number % 12,
                password_set=400 if stale else None,
                description=f"Büro {site}, Straße {number}",
                location=f"{site}/Haus {number % 3}/Raum {100 + number}",
                **more,
            ))
    server_dns = [directory.computer(servers, name, system, seen=seen) for name, system, seen in SERVERS]
    berlin = f"OU=Clients,OU=Berlin,OU=Sites,{base}"
    for index in range(8):  # the last one is disabled, but was not moved away
        directory.computer(
            disabled if index < 7 else berlin,
            f"OLD-PC-{index + 1:02d}",
            ("w7", "w10", "w10", "w7")[index % 4],
            enabled=False,
            seen=300 + 40 * index if index % 3 else None,
            dns=None if index % 4 == 3 else True,
        )

    # what goes wrong in programs that think they know what a name looks like
    directory.computer(berlin, "PC-BUCH-ALT", "w7", cn="PC, Buchhaltung (alt)*\\1")
    directory.computer(berlin, "KURZ01", "w11", cn="Langer Anzeigename ohne Bezug", dns="kurz01.other-suffix.test")
    directory.computer(berlin, "LANGERRECHNERNA", "w11", dns=f"langerrechnername-mit-mehr-als-15.{directory.realm}")
    prestaged = directory.computer(berlin, "PC-VORBEREITET", dns=None, seen=None, password_set="never")
    directory.computer(berlin, "PC-ÜBUNG-1", "w11", dns=f"pc-übung-1.{directory.realm}")
    directory.computer(berlin, "PC-GROSS", "w11", dns=f"PC-GROSS.{directory.realm.upper()}")

    site_groups = [directory.group(f"GG-Site-{site}", members) for site, members in by_site.items()]
    clients = directory.group("GG-Clients", site_groups, "the groups of all sites")
    pilot = [members[0] for members in by_site.values()]
    directory.group("GG-Pilot", pilot)
    server_group = directory.group("GG-Servers", server_dns)
    directory.group("GG-All", [clients, server_group, prestaged], "nested twice, and one member of its own")
    directory.group("GG-Leer")
    loop_a = directory.group("GG-Loop-A", [pilot[0]])
    loop_b = directory.group("GG-Loop-B", [loop_a])
    directory.db.modify_ldif(f"dn: {loop_a}\nchangetype: modify\nadd: member\nmember: {loop_b}\n")


def main():
    parameters = LoadParm()
    parameters.load(CONF)
    db = SamDB(lp=parameters, session_info=system_session())
    directory = Directory(db, parameters.get("realm").lower())
    db.transaction_start()
    try:
        fill(directory)
    except BaseException:
        db.transaction_cancel()
        raise
    db.transaction_commit()
    with open(EXPECTED, "w", encoding="utf-8") as file:
        json.dump({"baseDn": directory.base, "computers": directory.computers}, file, ensure_ascii=False, indent=1)


main()
