import {
  csvLine,
  etaOf,
  isOfRelease,
  rolloutCounts,
  rolloutKind,
  type PauseCause,
  type Rollout,
  type RolloutCounts,
  type RolloutMember,
  type RolloutTally,
  type StopEvidence,
  type StopRule,
} from '#domain';
import type { MemberCause } from '#persistence';
import { type Language, type MessageDescriptor, textIn } from '#texts';
import type { Obstacle, RolloutPlan } from '../../engine/rollouts/rollout-plans.js';
import type { NameDps } from '../distribution-points/dp-names.js';
import type {
  PlannedDpDto,
  RolloutCauseDto,
  RolloutDto,
  RolloutMemberDto,
  RolloutPlanDto,
  RolloutStopDto,
} from './rollout.dto.js';

const time = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A rollout as the API shows it. */
export function rolloutDto(rollout: Rollout, tally: RolloutTally, now: Date, language: Language): RolloutDto {
  const { id, tenant, name, state, release, size, wave, proof, silentAfter, priority } = rollout;
  const { increase } = rollout.pace;
  return {
    id,
    tenant,
    name,
    state,
    kind: rolloutKind(rollout),
    release,
    growing: rollout.growing !== null,
    size,
    counts: rolloutCounts(tally.rows),
    wave,
    waves: rollout.waves.map((one, index) => ({
      size: one.size,
      gate: one.gate,
      begunAt: time(one.begunAt),
      provenAt: time(one.provenAt),
      passedAt: time(one.passedAt),
      passedBy: one.passedBy,
      counts: rolloutCounts(tally.rows.filter((row) => row.wave === index)),
    })),
    proof: { share: proof.share, state: proof.state, settle: proof.settle },
    pace: {
      perMinute: rollout.pace.perMinute,
      perDpMinute: rollout.pace.perDpMinute,
      increase: increase && { percent: Math.round(increase.factor * 100), every: increase.every },
    },
    stops: rollout.stops.map(({ of, share, count, minimum, action }) => ({
      of: {
        codes: of.codes && [...of.codes],
        classes: of.classes && [...of.classes],
        phases: of.phases && [...of.phases],
        only: of.only,
      },
      share,
      count,
      minimum,
      action,
    })),
    silentAfter,
    cause: rollout.cause && stopDto(rollout.cause, rollout.stops, language),
    stoppedDps: rollout.stoppedDps.map(({ dp, at, evidence }) => ({
      dp,
      at: at.toISOString(),
      evidence: evidenceDto(evidence),
    })),
    startAt: time(rollout.startAt),
    windows: rollout.windows.map(({ days, from, to, timeZone }) => ({ days: [...days], from, to, timeZone })),
    deadline: time(rollout.deadline),
    priority,
    eta: time(etaOf(rollout, tally, now)),
    requestedBy: rollout.requestedBy,
    note: rollout.note,
    retryOf: rollout.retryOf,
    createdAt: rollout.createdAt.toISOString(),
    begunAt: time(rollout.begunAt),
    endedAt: time(rollout.endedAt),
    revision: rollout.revision,
  };
}

function evidenceDto({ rule, failures, results, code }: StopEvidence) {
  return { rule, failures, results, code };
}

function stopDto(cause: PauseCause, stops: readonly StopRule[], language: Language): RolloutStopDto {
  const { kind, at, by, note, evidence } = cause;
  return {
    kind,
    at: at.toISOString(),
    by,
    note,
    evidence: evidence && evidenceDto(evidence),
    text: textIn(language, causeText(cause, stops)),
  };
}

/** Why a rollout does not go on, in a sentence. */
function causeText({ kind, by, evidence }: PauseCause, stops: readonly StopRule[]): MessageDescriptor {
  const failures = evidence?.failures ?? 0;
  const results = evidence?.results ?? 0;
  switch (kind) {
    case 'person':
      return { key: 'rollout.byPerson', params: { who: by ?? '' } };
    case 'stop': {
      const rule = stops[evidence?.rule ?? -1];
      const share = results === 0 ? 0 : Math.round((failures / results) * 100);
      const params = { count: failures, results, share, most: rule?.share ?? share };
      if (!evidence?.code) return { key: 'rollout.stoppedSilence', params };
      const { code } = evidence;
      return {
        key: 'rollout.stoppedFailures',
        params: { ...params, code, what: { key: `failed.${code}` } },
      };
    }
    case 'not-proven':
      return { key: 'rollout.notProven', params: { good: results - failures, count: results } };
    case 'dps-stopped':
      return { key: 'rollout.dpsStopped' };
    case 'deadline':
      return { key: 'rollout.deadline' };
  }
}

/** @param counts of the rollout that it is a cause of */
export function causeDto(
  { code, phase, count, native, example }: MemberCause,
  counts: Pick<RolloutCounts, 'good' | 'bad'>,
): RolloutCauseDto {
  const results = counts.good + counts.bad;
  const hint: MessageDescriptor = isOfRelease({ code, count }, counts)
    ? { key: 'rollout.causeInRelease', params: { failures: count, results } }
    : { key: `failure.${code}` };
  return {
    code,
    phase,
    count,
    output: outputOf(native),
    computer: example,
    hint: { en: textIn('en', hint), de: textIn('de', hint) },
  };
}

export function memberDto(member: RolloutMember): RolloutMemberDto {
  const { computer, name, dp, wave, state, order, code, phase, native, skipped } = member;
  return {
    computer,
    name,
    dp,
    wave,
    state,
    order,
    code,
    phase,
    output: outputOf(native),
    skipped,
    startedAt: time(member.startedAt),
    resultAt: time(member.resultAt),
  };
}

function outputOf(native: RolloutMember['native']): string | null {
  return native && `${native.system} ${native.code}: ${native.text}`;
}

/** The text of what stands in the way. */
export function obstacleText({ code, dp, count }: Obstacle): MessageDescriptor {
  return { key: `rolloutObstacle.${code}`, params: { dp, count } };
}

export function planDto(plan: RolloutPlan, named: NameDps, now: Date, language: Language): RolloutPlanDto {
  return {
    tenant: plan.tenant,
    release: plan.release,
    size: plan.members.length,
    waves: plan.waves.map(({ size }) => size),
    dps: plan.dps.map((one) => plannedDpDto(one, now)),
    obstacles: plan.obstacles.map((one) => {
      const { code, dp, isLeftOut, count, names } = one;
      return { code, dp, isLeftOut, count, names, text: textIn(language, named(obstacleText(one))) };
    }),
  };
}

function plannedDpDto(
  { dp, count, enabled, isSilent, accounts, opensAt }: RolloutPlan['dps'][number],
  now: Date,
): PlannedDpDto {
  const windowOpensAt = opensAt && opensAt > now ? opensAt.toISOString() : null;
  return { dp, count, enabled, isSilent, accounts, windowOpensAt };
}

const COLUMNS = [
  'computer',
  'dp',
  'wave',
  'state',
  'failure',
  'phase',
  'output',
  'skipped',
  'startedAt',
  'resultAt',
] as const;

/** All members as a table for spreadsheets: UTF-8 with BOM, semicolons, formula-safe. */
export async function* reportCsv(
  members: AsyncIterable<RolloutMember>,
  language: Language,
): AsyncGenerator<string> {
  const line = (cells: readonly string[]): string => csvLine(cells, ';');
  yield `\ufeff${line(COLUMNS.map((column) => textIn(language, { key: `rolloutReport.${column}` })))}`;
  for await (const member of members) {
    const { name, dp, wave, state, code, phase, output, skipped, startedAt, resultAt } = memberDto(member);
    const shown = textIn(language, { key: `member.${state}` as 'member.ready' });
    const why = skipped && textIn(language, { key: `skipped.${skipped}` as 'skipped.REFUSED' });
    const cells = [name, dp, String(wave + 1), shown, code, phase, output, why, startedAt, resultAt];
    yield line(cells.map((cell) => cell ?? ''));
  }
}
