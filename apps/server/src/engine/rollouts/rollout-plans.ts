import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type Candidate,
  type Computer,
  type ComputerId,
  DEFAULT_WAVES,
  type DpId,
  type Fault,
  hasRolloutEnded,
  invalid,
  type MaintenanceWindow,
  planWaves,
  type Placed,
  type ReleaseVersion,
  rolloutDp,
  type RolloutKind,
  type RolloutWave,
  SERVER_DP,
  type TenantId,
  type WaveInput,
} from '#domain';
import {
  ComputerRepository,
  RolloutMemberRepository,
  RolloutRepository,
  type ComputerFilter,
} from '#persistence';
import type { MessageDescriptor } from '#texts';
import { ReleaseChecks } from '../commands/release-checks.js';
import { HAS_RELEASE } from '../commands/release-decision.js';
import { ReleaseService, type ReleasePreview } from '../commands/release.service.js';
import { PlannedDps, type PlannedDp } from './planned-dps.js';
import { MOST_MEMBERS } from './rollout-growth.js';

/** What stands in the way of some computers. */
export const OBSTACLES = [
  'WRONG_STATE',
  'ALREADY_RELEASED',
  'HAS_RELEASE',
  'IN_ROLLOUT',
  'DP_NOT_ENABLED',
  'DP_SILENT',
  'NO_ACCOUNT',
  'ACCOUNT_NOT_SEALED',
  'DP_PLATFORM',
  'NO_RELEASE',
  'BRAKE',
  'WINDOWS_APART',
] as const;
type ObstacleCode = (typeof OBSTACLES)[number];

/** These are left out of a rollout; what else stands in the way can be mended until their turn comes. */
const LEFT_OUT: ReadonlySet<ObstacleCode> = new Set([
  'WRONG_STATE',
  'ALREADY_RELEASED',
  'HAS_RELEASE',
  'IN_ROLLOUT',
]);
/** Names of computers that an obstacle is shown with. */
const MOST_NAMED = 5;

export interface Obstacle {
  code: ObstacleCode;
  dp: DpId;
  isLeftOut: boolean;
  count: number;
  names: string[];
  /** Of the first of them. */
  message: MessageDescriptor | null;
}

export interface RolloutPlan {
  tenant: TenantId;
  release: ReleaseVersion | null;
  waves: RolloutWave[];
  members: Placed<PlannedComputer>[];
  dps: (PlannedDp & { count: number })[];
  obstacles: Obstacle[];
}

interface PlannedComputer extends Candidate {
  of: Computer;
}

/** Who is asked for, and how. */
export interface SelectionInput {
  computers: readonly ComputerId[] | null;
  filter: ComputerFilter | null;
  kind: RolloutKind;
  release: ReleaseVersion | null;
  /** Null: the usual ones. */
  waves: readonly WaveInput[] | null;
  windows: readonly MaintenanceWindow[];
  startAt: Date | null;
  deadline: Date | null;
}

/** What a rollout would be: whom it takes, in which waves, and what is in the way. Changes nothing. */
@Injectable()
export class RolloutPlans {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly rollouts: RolloutRepository,
    private readonly members: RolloutMemberRepository,
    private readonly releasing: ReleaseService,
    private readonly checks: ReleaseChecks,
    private readonly planned: PlannedDps,
  ) {}

  /** @throws DomainError VALIDATION_FAILED with every fault */
  async plan(caller: Caller, wish: SelectionInput, now: Date): Promise<RolloutPlan> {
    const release = wish.release && (await this.checks.demandPublished(wish.release));
    const found = await this.selected(caller, wish);
    const tenant = onlyTenant(found);
    const asWished = { kind: wish.kind, release, notBefore: null, note: null, retryOf: null };
    const previews = await this.releasing.preview(caller, found, asWished, now);
    const elsewhere = await this.inOtherRollouts(found);
    const dps = await this.planned.of(tenant, found, { ...wish, release }, now);
    const obstacles = new Map<string, Obstacle>();
    const candidates: PlannedComputer[] = [];
    for (const preview of previews) {
      const { computer } = preview;
      const dp = dps.get(rolloutDp(wish.kind, computer));
      const code = obstacleOf(preview, elsewhere, dp);
      if (code) note(obstacles, code, preview);
      if (!code || !LEFT_OUT.has(code))
        candidates.push({ computer: computer.id, dp: preview.result.dp ?? SERVER_DP, of: computer });
    }
    const counts = Map.groupBy(candidates, ({ dp }) => dp);
    return {
      tenant,
      release,
      ...planWaves(candidates, wish.waves ?? DEFAULT_WAVES),
      dps: [...dps.values()].flatMap((dp) => {
        const count = counts.get(dp.dp)?.length ?? 0;
        return count > 0 ? [{ ...dp, count }] : [];
      }),
      obstacles: [...obstacles.values()],
    };
  }

  private async selected(caller: Caller, { computers, filter }: SelectionInput): Promise<Computer[]> {
    if ((computers === null) === (filter === null))
      throw invalid([{ path: 'computers', code: 'either', key: 'fault.computersOrFilter' }]);
    const ids =
      computers ?? (await this.computers.idsMatching(caller.tenants, filter ?? {}, MOST_MEMBERS + 1));
    if (ids.length > MOST_MEMBERS)
      throw invalid([
        { path: 'filter', code: 'too-many', key: 'fault.tooManyComputers', params: { most: MOST_MEMBERS } },
      ]);
    const found = await this.computers.findByIds(caller.tenants, [...new Set(ids)]);
    if (found.length === 0)
      throw invalid([{ path: computers ? 'computers' : 'filter', code: 'empty', key: 'fault.noComputers' }]);
    return found.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Computers that another rollout may still start, or has started. */
  private async inOtherRollouts(found: readonly Computer[]): Promise<Set<ComputerId>> {
    const members = await this.members.underWay(found.map(({ id }) => id));
    const ids = [...new Set(members.map(({ rollout }) => rollout))];
    const open = new Set(
      (await this.rollouts.findByIds('all', ids))
        .filter(({ state }) => !hasRolloutEnded(state))
        .map(({ id }) => id),
    );
    return new Set(members.filter(({ rollout }) => open.has(rollout)).map(({ computer }) => computer));
  }
}

/** @throws DomainError VALIDATION_FAILED when they belong to several */
function onlyTenant(found: readonly Computer[]): TenantId {
  const [tenant, ...others] = new Set(found.map((computer) => computer.tenant));
  const fault: Fault = { path: 'computers', code: 'one-tenant', key: 'fault.rolloutTenants' };
  if (!tenant || others.length > 0) throw invalid([fault]);
  return tenant;
}

function obstacleOf(
  { computer, result, isNew }: ReleasePreview,
  elsewhere: ReadonlySet<ComputerId>,
  dp: PlannedDp | undefined,
): ObstacleCode | null {
  if (elsewhere.has(computer.id)) return 'IN_ROLLOUT';
  switch (result.code) {
    case undefined:
      break;
    case 'DP_NOT_ENABLED':
    case 'NO_ACCOUNT':
      return result.code;
    default:
      if (result.message.key === HAS_RELEASE) return 'HAS_RELEASE';
      return result.message.key.startsWith('release.') ? 'NO_RELEASE' : 'WRONG_STATE';
  }
  if (!isNew) return 'ALREADY_RELEASED';
  if (result.heldBack === 'DP_PLATFORM' || result.heldBack === 'ACCOUNT_NOT_SEALED') return result.heldBack;
  if (dp?.isBraked) return 'BRAKE';
  if (dp?.opensAt === null) return 'WINDOWS_APART';
  return dp?.isSilent ? 'DP_SILENT' : null;
}

function note(
  obstacles: Map<string, Obstacle>,
  code: ObstacleCode,
  { computer, result }: ReleasePreview,
): void {
  const dp = result.dp ?? SERVER_DP;
  const key = `${code} ${dp}`;
  const message = result.code || result.heldBack ? result.message : null;
  const obstacle = obstacles.get(key) ?? {
    code,
    dp,
    isLeftOut: LEFT_OUT.has(code),
    count: 0,
    names: [],
    message,
  };
  obstacle.count += 1;
  if (obstacle.names.length < MOST_NAMED) obstacle.names.push(computer.name);
  obstacles.set(key, obstacle);
}
