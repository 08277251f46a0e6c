/** Who did what, from where, to what; append only. */
export interface AuditEntry {
  id: string;
  at: Date;
  /** Null: nobody who is known; a security event. */
  who: { id: string; name: string } | null;
  address: string | null;
  /** Such as `dp.enabled`. */
  action: string;
  /** Such as `dp:munich`. */
  target: string;
  /** Null: it belongs to no tenant, and is shown to those who see all of them. */
  tenant: string | null;
  /** Before and after, without secrets. */
  data: Record<string, unknown>;
  /** What ties it to the entry before; missing until it is linked, some seconds after it was written. */
  chain?: AuditLink;
}

/** What `relaypoint-admin restore` enters: the database, and the audit in it, is that of a backup from here on. */
export const RESTORED_ACTION = 'installation.restored';

/** A link of the chain of entries (docs/adr/0033). */
export interface AuditLink {
  /** From 1, without gaps. */
  sequence: number;
  /** Hash of the entry before. */
  previous: string;
  /** When it was linked. */
  at: Date;
  /** Whether it was written before there was a chain. */
  before: boolean;
  /** Of the entry with the rest of this link, SHA-256 as lower-case hex. */
  hash: string;
}

/** Where the chain of entries stands. One document; whoever links entries takes its turn by a guarded write of it. */
export interface AuditHead {
  /** Of the newest entry that has a link; 0: none. */
  sequence: number;
  /** Of that entry. */
  hash: string;
  /** When the chain was begun. */
  since: Date;
  /** When all entries from before had been linked; null: not yet. */
  adoptedAt: Date | null;
  /** Links that are decided, and may not stand on their entries yet. */
  pending: readonly PendingLink[];
  revision: number;
}

export interface PendingLink extends AuditLink {
  /** Of the entry. */
  entry: string;
}

/** What the server has signed of the chain (docs/adr/0033). */
export interface AuditCheckpoint {
  /** Its number, with leading zeros. */
  id: string;
  /** From 1, without gaps. */
  number: number;
  /** Of the newest entry that it speaks of. */
  sequence: number;
  /** Of that entry. */
  hash: string;
  at: Date;
  /** Hash of the checkpoint before. */
  previous: string;
  /** Entries that were removed from the beginning of the chain, up to this one; null: it says nothing of that. */
  removed: {
    sequence: number;
    hash: string;
    /** Where they went; null: nowhere. */
    archive: { file: string; sha256: string } | null;
  } | null;
  /** Public key of who signed, base64url. */
  key: string;
  /** Base64url. */
  signature: string;
}
