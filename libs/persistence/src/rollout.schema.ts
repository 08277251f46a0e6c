import {
  FAILURE_CODES,
  MEMBER_STATES,
  PAUSE_KINDS,
  PHASES,
  RETRY_CLASSES,
  ROLLOUT_KINDS,
  ROLLOUT_STATES,
  SKIP_REASONS,
  type MaintenanceWindow,
  type NativeSign,
  type PauseCause,
  type Rollout,
  type RolloutGrant,
  type RolloutMember,
  type RolloutPace,
  type RolloutWave,
  type StopEvidence,
  type StoppedDp,
  type StopRule,
  type StopScope,
  type WaveInput,
  type WaveProof,
  type WaveSize,
} from '#domain';
import {
  collectionSchema,
  date,
  facts,
  list,
  nullable,
  number,
  oneOf,
  optional,
  part,
  text,
} from './schema.js';

const evidence = part<StopEvidence>({
  rule: number,
  failures: number,
  results: number,
  code: nullable(oneOf(FAILURE_CODES)),
});

const wave = part<RolloutWave>({
  size: number,
  gate: oneOf(['auto', 'person']),
  begunAt: nullable(date),
  provenAt: nullable(date),
  passedAt: nullable(date),
  passedBy: nullable(text),
});

const pace = part<RolloutPace>({
  perMinute: nullable(number),
  perDpMinute: nullable(number),
  increase: nullable(part<NonNullable<RolloutPace['increase']>>({ factor: number, every: number })),
});

const stopRule = part<StopRule>({
  of: part<StopScope>({
    codes: nullable(list(oneOf(FAILURE_CODES))),
    classes: nullable(list(oneOf(RETRY_CLASSES))),
    phases: nullable(list(oneOf(PHASES))),
    only: nullable(oneOf(['silence', 'unregistered'])),
  }),
  share: nullable(number),
  count: nullable(number),
  minimum: number,
  action: oneOf(['pause', 'abort']),
});

const cause = part<PauseCause>({
  kind: oneOf(PAUSE_KINDS),
  at: date,
  by: nullable(text),
  note: nullable(text),
  evidence: nullable(evidence),
});

const asked = part<WaveInput>({
  size: part<WaveSize>({
    count: nullable(number),
    percent: nullable(number),
    dps: nullable(list(text)),
    computers: nullable(list(text)),
  }),
  gate: oneOf(['auto', 'person']),
});

export const rolloutSchema = collectionSchema<Rollout>('rollouts', {
  tenant: text,
  name: text,
  kind: optional(oneOf(ROLLOUT_KINDS)),
  release: nullable(text),
  growing: nullable(facts<Readonly<Record<string, unknown>>>()),
  size: number,
  waves: list(wave),
  asked: optional(nullable(list(asked))),
  wave: number,
  proof: part<WaveProof>({ share: number, state: oneOf(['registered', 'ready']), settle: number }),
  pace,
  stops: list(stopRule),
  silentAfter: number,
  startAt: nullable(date),
  windows: list(
    part<MaintenanceWindow>({
      days: list(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
      from: text,
      to: text,
      timeZone: text,
    }),
  ),
  deadline: nullable(date),
  priority: number,
  state: oneOf(ROLLOUT_STATES),
  cause: nullable(cause),
  stoppedDps: list(part<StoppedDp>({ dp: text, at: date, evidence })),
  countedFrom: nullable(date),
  grant: nullable(part<RolloutGrant>({ computers: list(text), at: date })),
  requestedBy: text,
  note: nullable(text),
  retryOf: nullable(text),
  createdAt: date,
  begunAt: nullable(date),
  endedAt: nullable(date),
})
  // the engine: those in which something is still to be done
  .index({ state: 1, priority: -1, createdAt: 1 })
  // the engine: those that ended lately, which may not have been told yet
  .index({ endedAt: -1 })
  // lists, newest first: of all, and of a tenant
  .index({ createdAt: -1, _id: -1 })
  .index({ tenant: 1, createdAt: -1, _id: -1 })
  // lists by name and state
  .index({ name: 1, _id: 1 })
  .index({ state: 1, createdAt: -1, _id: -1 });

export const rolloutMemberSchema = collectionSchema<RolloutMember>('rolloutMembers', {
  tenant: text,
  rollout: text,
  computer: text,
  name: text,
  dp: text,
  wave: number,
  position: number,
  state: oneOf(MEMBER_STATES),
  order: nullable(text),
  code: nullable(oneOf(FAILURE_CODES)),
  phase: nullable(oneOf(PHASES)),
  native: nullable(part<NativeSign>({ system: text, code: text, text })),
  skipped: nullable(oneOf(SKIP_REASONS)),
  startedAt: nullable(date),
  resultAt: nullable(date),
  seen: number,
})
  // those whose turn it is, in their order; counts
  .index({ rollout: 1, state: 1, position: 1, _id: 1 })
  // pages of members, and of those under way by id
  .index({ rollout: 1, position: 1, _id: 1 })
  .index({ rollout: 1, _id: 1 })
  // how many were started within the last minute
  .index({ rollout: 1, startedAt: 1 })
  // rollouts that a computer is in
  .index({ computer: 1, state: 1 });
