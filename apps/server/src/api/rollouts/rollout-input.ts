import {
  DEFAULT_PROOF,
  DEFAULT_SILENT_AFTER,
  DEFAULT_STOPS,
  type ComputerId,
  type DpId,
  type FailureCode,
  type Fault,
  invalid,
  type Phase,
  type ReleaseVersion,
  type RetryClass,
  type StopRule,
  type WaveInput,
} from '#domain';
import type { RolloutInput } from '../../engine/rollouts/new-rollout.js';
import type { SelectionInput } from '../../engine/rollouts/rollout-plans.js';
import { computerFilter } from '../computers/computer-view.js';
import type { CreateRolloutDto, PlanRolloutDto, StopRuleDto, WaveInputDto } from './rollout-input.dto.js';

const DEFAULT_MINIMUM = 10;

/** @throws DomainError VALIDATION_FAILED with every fault that the fields alone do not show */
export function selectionInput(body: PlanRolloutDto): SelectionInput {
  const { computers, filter, kind, release, waves, windows, startAt, deadline } = body;
  const faults = (waves ?? []).flatMap(waveFaults);
  if (faults.length > 0) throw invalid(faults);
  return {
    computers: (computers ?? null) as ComputerId[] | null,
    filter: filter ? computerFilter(filter) : null,
    kind: kind ?? 'install-client',
    release: (release ?? null) as ReleaseVersion | null,
    waves: waves?.map(waveInput) ?? null,
    windows: windows ?? [],
    startAt: startAt ? new Date(startAt) : null,
    deadline: deadline ? new Date(deadline) : null,
  };
}

/** What computers are looked for by, which is no rule for those to come. */
const SEARCHED = ['text', 'failure', 'attention'] as const;

/** @throws DomainError VALIDATION_FAILED */
export function rolloutInput(body: CreateRolloutDto): RolloutInput {
  const { pace, proof, stops, growing = false } = body;
  const faults = [
    ...(body.waves ?? []).flatMap(waveFaults),
    ...(stops ?? []).flatMap(stopFaults),
    ...(growing && !body.filter
      ? [{ path: 'growing', code: 'filter', key: 'fault.growingFilter' } as const]
      : []),
    // every computer that registers matches a filter of those that have a client
    ...(growing && body.kind === 'reinstall'
      ? [{ path: 'growing', code: 'kind', key: 'fault.growingReinstall' } as const]
      : []),
    // a server of the version before knows none of these, and would take in every computer of the tenant
    ...(growing
      ? SEARCHED.filter((name) => body.filter?.[name] !== undefined).map(
          (name) => ({ path: `filter.${name}`, code: 'growing', key: 'fault.growingSearch' }) as const,
        )
      : []),
  ];
  if (faults.length > 0) throw invalid(faults);
  // one by one: a field that is not given is there, and undefined
  const {
    share = DEFAULT_PROOF.share,
    state = DEFAULT_PROOF.state,
    settle = DEFAULT_PROOF.settle,
  } = proof ?? {};
  const { perMinute = null, perDpMinute = null, increase } = pace ?? {};
  return {
    ...selectionInput(body),
    name: body.name,
    growing,
    proof: { share, state, settle },
    pace: {
      perMinute,
      perDpMinute,
      increase: increase ? { factor: increase.percent / 100, every: increase.every } : null,
    },
    stops: stops?.map(stopRule) ?? DEFAULT_STOPS,
    silentAfter: body.silentAfter ?? DEFAULT_SILENT_AFTER,
    priority: body.priority ?? 0,
    note: body.note ?? null,
    retryOf: null,
  };
}

function waveFaults({ count, percent, dps, computers }: WaveInputDto, index: number): Fault[] {
  const path = `waves[${index}]`;
  const isSized = typeof count === 'number' || typeof percent === 'number';
  if (typeof count === 'number' && typeof percent === 'number')
    return [{ path, code: 'either', key: 'fault.countOrPercent' }];
  return isSized || dps || computers ? [] : [{ path, code: 'required', key: 'fault.waveSize' }];
}

function stopFaults({ share, count }: StopRuleDto, index: number): Fault[] {
  const isLimited = typeof share === 'number' || typeof count === 'number';
  return isLimited ? [] : [{ path: `stops[${index}]`, code: 'required', key: 'fault.stopLimit' }];
}

function waveInput({ count, percent, dps, computers, gate }: WaveInputDto): WaveInput {
  return {
    size: {
      count: count ?? null,
      percent: percent ?? null,
      dps: (dps ?? null) as DpId[] | null,
      computers: (computers ?? null) as ComputerId[] | null,
    },
    gate: gate ?? 'auto',
  };
}

function stopRule({ of, share, count, minimum, action }: StopRuleDto): StopRule {
  return {
    of: {
      codes: (of?.codes ?? null) as FailureCode[] | null,
      classes: (of?.classes ?? null) as RetryClass[] | null,
      phases: (of?.phases ?? null) as Phase[] | null,
      only: of?.only ?? null,
    },
    share: share ?? null,
    count: count ?? null,
    minimum: minimum ?? DEFAULT_MINIMUM,
    action: action ?? 'pause',
  };
}
