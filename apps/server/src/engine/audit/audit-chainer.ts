import { Injectable } from '@nestjs/common';
import type { AuditHead, PendingLink } from '#domain';
import { AuditChainRepository, AuditRepository, type StoredAuditRow } from '#persistence';
import { CHAIN_START, linkHash } from '#sealing';

/** Entries that get their links together: all of them stand in one document first. */
const BATCH = 200;

/**
 * Links the entries of the audit, the oldest first (docs/adr/0033). The head decides: which entries come next, with their
 * links, is written on it by a write that only one server wins, and only then onto the entries. Whoever comes next writes
 * again what may not stand on them yet, so servers may do this beside each other, and die at any line.
 */
@Injectable()
export class AuditChainer {
  constructor(
    private readonly entries: AuditRepository,
    private readonly chain: AuditChainRepository,
  ) {}

  /**
   * One step.
   *
   * @returns whether there may be more to link
   */
  async run(now: Date): Promise<boolean> {
    const head = await this.chain.head();
    if (!head) {
      await this.chain.begin({ sequence: 0, hash: CHAIN_START, since: now, adoptedAt: null, pending: [] });
      return true;
    }
    await this.entries.link(head.pending);
    const waiting = await this.entries.unlinked(BATCH);
    if (waiting.length === 0) {
      const isSettled = head.adoptedAt !== null && head.pending.length === 0;
      if (!isSettled)
        await this.chain.replaceHead({ ...head, adoptedAt: head.adoptedAt ?? now, pending: [] });
      return false;
    }
    const next = await this.chain.replaceHead(extended(head, waiting, now));
    if (next) await this.entries.link(next.pending);
    return true;
  }
}

/** The head after these entries. */
function extended(head: AuditHead, entries: readonly StoredAuditRow[], at: Date): AuditHead {
  let { sequence, hash } = head;
  const pending = entries.map((entry): PendingLink => {
    sequence += 1;
    const link = { sequence, previous: hash, at, before: isFromBefore(head, entry) };
    hash = linkHash(entry, link);
    return { entry: entry.id, ...link, hash };
  });
  return { ...head, sequence, hash, pending };
}

function isFromBefore({ since, adoptedAt }: AuditHead, { at }: StoredAuditRow): boolean {
  return adoptedAt === null && at instanceof Date && at < since;
}
