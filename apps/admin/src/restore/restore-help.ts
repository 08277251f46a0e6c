export const RESTORE_HELP = `relaypoint-admin restore: puts the database and the keys back to what a backup holds

  relaypoint-admin restore --from FILE [--replace] [--passphrase-file FILE]

Stop all servers and importers first; it is refused while one runs on this database. DPs and clients may go on: they wait.
The backup is verified before anything is changed. From the first change to the last one no program starts on this database;
should it break off, run it again.

  --from FILE               the backup
  --replace                 into a database that is not empty: everything in it is removed. Key files of other keys are kept
                            beside the restored ones
  --yes                     do not ask whether it may be removed
  --passphrase-file FILE    when the backup is encrypted; or set RELAYPOINT_BACKUP_PASSPHRASE
  --importer-state DIR      state folder of the importers, where it is another one than the server's
  --json                    what was done, as JSON on standard output

A backup of an earlier version is brought to what this one stores. What may be different from what people remember, and what
to look at before servers are started: docs/backup.md.

Exit code: 0 restored; 1 failed: see what it says about the database; 2 the backup is damaged, or the passphrase is wrong;
           3 refused; 130 interrupted. After 3 nothing has been changed, nor after 2, unless it says that there is half a
           database: the file was changed, or is read otherwise, after it was verified.
`;
