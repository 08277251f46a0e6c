import type {
  Caller,
  MaintenanceWindow,
  Rollout,
  RolloutId,
  RolloutPace,
  StopRule,
  WaveProof,
} from '#domain';
import type { RolloutPlan, SelectionInput } from './rollout-plans.js';

/** A rollout as it is asked for. */
export interface RolloutInput extends SelectionInput {
  name: string;
  growing: boolean;
  proof: WaveProof;
  pace: RolloutPace;
  stops: readonly StopRule[];
  silentAfter: number;
  startAt: Date | null;
  windows: readonly MaintenanceWindow[];
  deadline: Date | null;
  priority: number;
  note: string | null;
  retryOf: RolloutId | null;
}

/** A rollout that has not begun. */
export function newRollout(
  caller: Caller,
  id: RolloutId,
  wish: RolloutInput,
  plan: RolloutPlan,
  now: Date,
): Rollout {
  const { name, kind, proof, pace, stops, silentAfter, startAt, windows, deadline, priority, note, retryOf } =
    wish;
  const filter = wish.filter && withoutUndefined(wish.filter);
  return {
    id,
    tenant: plan.tenant,
    name,
    kind,
    release: plan.release,
    growing: wish.growing && filter ? filter : null,
    size: plan.members.length,
    waves: plan.waves,
    asked: wish.waves,
    wave: 0,
    proof,
    pace,
    stops,
    silentAfter,
    startAt,
    windows,
    deadline,
    priority,
    state: 'scheduled',
    cause: null,
    stoppedDps: [],
    countedFrom: null,
    grant: null,
    requestedBy: caller.name,
    note,
    retryOf,
    createdAt: now,
    begunAt: null,
    endedAt: null,
    revision: 0,
  };
}

function withoutUndefined(filter: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}
