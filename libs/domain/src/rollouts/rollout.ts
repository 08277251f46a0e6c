import type { Moves } from '../base/state-machine.js';
import {
  SERVER_DP,
  type ComputerId,
  type DpId,
  type ReleaseVersion,
  type RolloutId,
  type TenantId,
} from '../base/ids.js';
import { installingDp, type Computer } from '../computers/computer.js';
import type { FailureCode, Phase, RetryClass } from '../failures/failure.js';
import type { OrderKind } from '../orders/install-order.js';
import type { MaintenanceWindow } from '../settings/settings.js';

/** What a rollout does: installs the client for the first time, or again where it is registered, in another version say. */
export const ROLLOUT_KINDS = ['install-client', 'reinstall'] as const satisfies readonly OrderKind[];
export type RolloutKind = (typeof ROLLOUT_KINDS)[number];

export const ROLLOUT_STATES = ['scheduled', 'running', 'paused', 'aborting', 'aborted', 'finished'] as const;
export type RolloutState = (typeof ROLLOUT_STATES)[number];

/**
 * Where a rollout may go from each state.
 *
 * - `scheduled`: its members stand; nothing begins before its time.
 * - `running`: its waves begin one after the other.
 * - `paused`: nothing more is handed out to a DP, what runs may end. A person resumes it.
 * - `aborting`: what waits is cancelled; what runs may end.
 */
export const ROLLOUT_TRANSITIONS = {
  scheduled: ['running', 'paused', 'aborting'],
  running: ['paused', 'aborting', 'finished'],
  paused: ['scheduled', 'running', 'aborting'],
  aborting: ['aborted'],
  aborted: [],
  finished: [],
} as const satisfies Moves<RolloutState>;

/** States in which something is still to be done for a rollout. */
export const ACTIVE_ROLLOUT_STATES = ['scheduled', 'running', 'paused', 'aborting'] as const;

export function rolloutKind({ kind }: Pick<Rollout, 'kind'>): RolloutKind {
  return kind ?? 'install-client';
}

/** The DP to whose part of a rollout a computer belongs: the one that would install it, or is to reach it from now on. */
export function rolloutDp(kind: RolloutKind, computer: Pick<Computer, 'dp'>): DpId {
  return kind === 'reinstall' ? (computer.dp.assigned ?? SERVER_DP) : installingDp(computer, SERVER_DP);
}

/** Whether whom it starts, and when, may still be changed. */
export function takesChanges(state: RolloutState): boolean {
  return state !== 'aborting' && !hasRolloutEnded(state);
}

export function hasRolloutEnded(state: RolloutState): boolean {
  return ROLLOUT_TRANSITIONS[state].length === 0;
}

/** Who is in a wave; what no wave takes is the last one. */
export interface WaveSize {
  /** So many of those who are left, of every DP about as many. */
  count: number | null;
  /** So many percent of all, of those who are left. */
  percent: number | null;
  /** Everybody who is left at these DPs. */
  dps: readonly DpId[] | null;
  /** These, as far as they are left. */
  computers: readonly ComputerId[] | null;
}

/** A wave as it is asked for. */
export interface WaveInput {
  size: WaveSize;
  gate: RolloutWave['gate'];
}

/** A group of members that is begun together. */
export interface RolloutWave {
  /** Members at the start; later ones of a rollout that grows come into the last wave. */
  size: number;
  /** Who begins the next one: by itself when this one has proved itself, or a person. */
  gate: 'auto' | 'person';
  begunAt: Date | null;
  /** Since when its share has been reached; null: it has not. */
  provenAt: Date | null;
  passedAt: Date | null;
  /** Null: it has passed by itself. */
  passedBy: string | null;
}

/** When a wave has proved itself. */
export interface WaveProof {
  /** Percent of its members that have to get there; computers that are off do not count. */
  share: number;
  state: 'registered' | 'ready';
  /** Seconds it has to stay so. */
  settle: number;
}

/** How many may be started; null: as many as there are. */
export interface RolloutPace {
  perMinute: number | null;
  perDpMinute: number | null;
  /** With every so many that registered, both limits grow by this factor. */
  increase: { factor: number; every: number } | null;
}

/** What a stop rule counts; all parts that are not null must hold. All null: whatever says something about the release. */
export interface StopScope {
  codes: readonly FailureCode[] | null;
  classes: readonly RetryClass[] | null;
  phases: readonly Phase[] | null;
  /** `silence`: a DP took the order and says nothing; `unregistered`: installed, and the client has never called. */
  only: 'silence' | 'unregistered' | null;
}

/** When a rollout stops itself. One of `share` and `count` is there. */
export interface StopRule {
  of: StopScope;
  /** Percent of the results. */
  share: number | null;
  count: number | null;
  /** Results there must be before the rule says anything. */
  minimum: number;
  action: 'pause' | 'abort';
}

/** What a stop rule has seen. */
export interface StopEvidence {
  /** Which of the rollout's rules. */
  rule: number;
  failures: number;
  results: number;
  /** The code that was seen most; null: silence. */
  code: FailureCode | null;
}

export const PAUSE_KINDS = ['person', 'stop', 'not-proven', 'dps-stopped', 'deadline'] as const;

/** Why a rollout is paused or was aborted. */
export interface PauseCause {
  kind: (typeof PAUSE_KINDS)[number];
  at: Date;
  /** Null: it did so itself. */
  by: string | null;
  note: string | null;
  evidence: StopEvidence | null;
}

/** A DP at which a rollout stopped although it goes on elsewhere. */
export interface StoppedDp {
  dp: DpId;
  at: Date;
  evidence: StopEvidence;
}

/** Members that are to be started: decided, and perhaps not done yet. */
export interface RolloutGrant {
  computers: readonly ComputerId[];
  at: Date;
}

/** A release of many computers that goes by itself, and stops itself. */
export interface Rollout {
  id: RolloutId;
  tenant: TenantId;
  name: string;
  /** Absent: `install-client`. */
  kind?: RolloutKind;
  /** Null: the default one of each computer's DP or tenant. */
  release: ReleaseVersion | null;
  /** New computers that match this come into the last wave; null: the members are those it began with. */
  growing: Readonly<Record<string, unknown>> | null;
  /** Members there are. */
  size: number;
  waves: readonly RolloutWave[];
  /** Who was asked into which wave, for those who go the same way later; absent or null: the usual waves. */
  asked?: readonly WaveInput[] | null;
  /** Which wave is under way, from 0. */
  wave: number;
  proof: WaveProof;
  pace: RolloutPace;
  stops: readonly StopRule[];
  /** Seconds without a word from the DP after which an order under way counts as silent. */
  silentAfter: number;
  startAt: Date | null;
  /** Nothing is handed out outside these, nor outside those of the DP. */
  windows: readonly MaintenanceWindow[];
  /** What has not been started by then is cancelled. */
  deadline: Date | null;
  /** The higher is served first. */
  priority: number;
  state: RolloutState;
  /** Why it is paused or was aborted. */
  cause: PauseCause | null;
  stoppedDps: readonly StoppedDp[];
  /** Results before this do not stop it any more: a person has seen them. */
  countedFrom: Date | null;
  /** Nothing new is started before this is done. */
  grant: RolloutGrant | null;
  requestedBy: string;
  note: string | null;
  /** The rollout whose failed members these are. */
  retryOf: RolloutId | null;
  createdAt: Date;
  begunAt: Date | null;
  endedAt: Date | null;
  revision: number;
}

export const DEFAULT_PROOF: WaveProof = { share: 90, state: 'registered', settle: 300 };

/** Every tenth fails, of ten results or more; or three installed clients never call. */
export const DEFAULT_STOPS: readonly StopRule[] = [
  {
    of: { codes: null, classes: null, phases: null, only: null },
    share: 10,
    count: null,
    minimum: 10,
    action: 'pause',
  },
];

export const DEFAULT_SILENT_AFTER = 1800;
