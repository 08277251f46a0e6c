import type { Computer } from '../computers/computer.js';
import { isFinal, type InstallOrder } from '../orders/install-order.js';
import type { Settings } from '../settings/settings.js';

/** What is removed when it has been kept long enough, if a setting says for how long. */
export const RETENTION_KINDS = ['orders', 'imports', 'audit'] as const;
export type RetentionKind = (typeof RETENTION_KINDS)[number];

const SETTING_OF = {
  orders: 'keepOrders',
  imports: 'keepImports',
  audit: 'keepAudit',
} as const satisfies Record<RetentionKind, keyof Settings>;

const DAY_MS = 24 * 60 * 60_000;

/**
 * What ended before this time has been kept long enough; null: it is kept for ever, also where a setting is none that the API
 * takes: somebody has written it past the API.
 */
export function keptSince(kind: RetentionKind, settings: Settings, now: Date): Date | null {
  const days = settings[SETTING_OF[kind]];
  return Number.isSafeInteger(days) && days >= 1 ? new Date(now.getTime() - days * DAY_MS) : null;
}

/** What is removed next, written down before anything is done, so that whoever goes on with it does the same. */
export interface RetentionPlan {
  /** Name of the archive's file; follows from what is in it. */
  file: string;
  /** Documents at the revision at which they are archived: what has changed since stays. */
  keys: readonly RetentionKey[];
  /** Entries of the audit, by their sequence, with the hash of the last one; null for other kinds. */
  range: { from: number; to: number; hash: string } | null;
  /** Whether it is in the archive, or is not to be. */
  archived: boolean;
  archive: ArchivedFile | null;
  /** What it was planned for: all that ended before this time. A plan that is not archived goes when the setting goes back. */
  before?: Date;
}

export interface RetentionKey {
  id: string;
  /** Its revision. */
  seen: number;
  /** What it belongs to: the computer of an order. */
  of: string | null;
}

export interface ArchivedFile {
  file: string;
  /** Lower-case hex. */
  sha256: string;
}

/** Where the removal of a kind stands. Whoever's turn it is shows that by a guarded write of it. */
export interface RetentionState {
  id: RetentionKind;
  /** The server whose turn it is, until then; null: nobody's. */
  holder: string | null;
  until: Date | null;
  plan: RetentionPlan | null;
  /** When it was last gone through to its end, and for what. */
  done: { at: Date; before: Date } | null;
  /** Documents that have been kept long enough, and wait for an archive; counted up to some thousands. */
  waiting: number;
  revision: number;
}

/** What is needed to say whether orders are in use. */
export interface OrderUse {
  computers: readonly Pick<Computer, 'lastOrder' | 'openOrder' | 'client' | 'lastProbe'>[];
  /** Ids of rollouts that have not ended: a rollout must never start a computer twice, and knows by the order that it has. */
  activeRollouts: ReadonlySet<string>;
}

/** Which of these orders nothing needs any more. */
export function removableOrders(
  orders: readonly InstallOrder[],
  { computers, activeRollouts }: OrderUse,
): InstallOrder[] {
  const used = new Set<string | undefined>(
    computers.flatMap(({ lastOrder, openOrder, client, lastProbe }) => [
      lastOrder ?? undefined,
      openOrder?.id,
      client?.order,
      lastProbe?.order,
    ]),
  );
  return orders.filter(
    ({ id, state, rollout }) =>
      isFinal(state) &&
      !used.has(id) &&
      !(rollout !== undefined && rollout !== null && activeRollouts.has(rollout)),
  );
}
