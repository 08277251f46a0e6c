import { identityOf, rowMessage, type ImportCandidate, type ImportMessage, nameKeyOf } from '#domain';

/** What of a staged row matters to the rows that follow. */
export interface SeenRow {
  line: number;
  name: string;
  identity: string | null;
}

/** Which computers the rows so far were about, to find duplicates by line. */
export class SeenRows {
  private readonly lineOfIdentity = new Map<string, number>();
  private readonly lineOfName = new Map<string, number>();

  /** @returns the reason to reject a row that names a computer again; null when it does not */
  duplicate(row: ImportCandidate): ImportMessage | null {
    const first = this.lineOfIdentity.get(identityOf(row));
    if (first === undefined) return null;
    return rowMessage(row, 'DUPLICATE', 'row.duplicate', { line: first, name: nameKeyOf(row) });
  }

  /** @returns a warning when an earlier row has the same NetBIOS name */
  sameName(row: ImportCandidate): ImportMessage | null {
    const first = this.lineOfName.get(row.name);
    return first === undefined ? null : rowMessage(row, 'SAME_NETBIOS', 'row.sameNetbios', { line: first });
  }

  /** Remembers a row. One without identity was rejected, and a later row may do better. */
  add({ line, name, identity }: SeenRow): void {
    if (identity === null) return;
    if (!this.lineOfIdentity.has(identity)) this.lineOfIdentity.set(identity, line);
    if (!this.lineOfName.has(name)) this.lineOfName.set(name, line);
  }
}
