/**
 * What becomes of what a directory's schedule finds: `preview` leaves all of it to a person, `commit` takes rows without
 * warnings, `release` takes them and releases the computers that are new.
 */
export const DIRECTORY_POLICIES = ['preview', 'commit', 'release'] as const;
export type DirectoryPolicy = (typeof DIRECTORY_POLICIES)[number];

/** Everything, or what has changed since the last time. */
export const SYNC_KINDS = ['full', 'delta'] as const;
export type SyncKind = (typeof SYNC_KINDS)[number];

/**
 * How far a directory has been taken in. Update sequence numbers are a server's own: they say nothing to another server,
 * nor to the same one after its database was put back ([MS-ADTS] 3.1.1.1.9, invocationId).
 */
export interface DirectoryCursor {
  /** `dnsHostName` of the server. */
  server: string;
  invocation: string;
  /** `highestCommittedUSN`, read before the search. */
  usn: number;
}

/** What a run of a schedule carries beside what every run has. */
export interface ImportSync {
  policy: DirectoryPolicy;
  /** What has changed since is read; null: everything. */
  cursor: DirectoryCursor | null;
  /** Nothing that anybody has not seen: the run is in no list, and goes when it has been noted on its directory. */
  quiet: boolean;
  found: SyncFound | null;
}

/** What the importer found. */
export interface SyncFound {
  kind: SyncKind;
  /** Where the next one goes on; null: this server has no sequence numbers. */
  cursor: DirectoryCursor | null;
  /** Marks of what is left to a person, so many at most as a directory remembers. */
  open: readonly string[];
}
