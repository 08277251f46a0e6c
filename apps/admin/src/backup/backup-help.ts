export const BACKUP_HELP = `relaypoint-admin backup: everything of an installation in one file, while it runs

  relaypoint-admin backup --to FILE|FOLDER [--passphrase-file FILE]

The database with all releases and uploads, and the keys of the state folder. Not the broker: it is filled again from the
database. Not the DPs: their state folders are their own. Servers may run meanwhile, and go on.

  --to FILE|FOLDER          where to; in a folder the file is named by the time. A file that is there is never replaced.
                            Until all of it is written it has another name (.….unfinished): what broke off is no backup.
  --passphrase-file FILE    encrypts it by the passphrase on the first line of this file, which only its owner may read;
                            or set RELAYPOINT_BACKUP_PASSPHRASE
  --without-keys            leaves the keys out. Such a backup alone brings nothing back that works: without them no
                            server starts on the restored database, or every DP joins and every client registers anew.
                            Keep a copy of the keys elsewhere.
  --importer-state DIR      state folder of the importers, where it is another one than the server's
  --json                    what was written, as JSON on standard output

A backup without a passphrase holds the keys that sign orders as they are: who has the file can install software on every
computer. It is written for its owner alone (0600); keep it as you keep the keys.

Exit code: 0 written; 1 failed, and there is no file; 3 refused; 130 interrupted, and there is no file.

Example, for cron or a systemd timer:
  relaypoint-admin backup --to /var/backups/relaypoint --passphrase-file /etc/relaypoint/backup-passphrase
`;
