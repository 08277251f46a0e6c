import { Injectable } from '@nestjs/common';
import {
  DomainError,
  hasLocalAccounts,
  lastSightingOf,
  routeOf,
  SERVER_DP,
  serves,
  usableAt,
  type Computer,
  type ComputerAction,
  type ComputerId,
  type DistributionPoint,
  type DpId,
  type TenantId,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { DpSilence } from '../eligibility/dp-silence.js';
import { LocationChoicesService } from '../location/location-choices.service.js';
import { noAccount } from './release-checks.js';
import { SettingsService } from '../../platform/settings/settings.service.js';

/** DPs that try an action in turn. */
export type Route = readonly [DpId, ...DpId[]];

interface UsableDps {
  dps: readonly DpId[];
  /** Why the last one that cannot do it cannot, said of a computer. */
  refusal: ((computer: string) => DomainError) | null;
}

/** What the location rules of tenants say, each read once. */
type Choosers = Map<TenantId, ReturnType<LocationChoicesService['chooser']>>;

/** Which DPs can try an action on a computer, in turn (R11). */
@Injectable()
export class ActionChecks {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
    private readonly locations: LocationChoicesService,
    private readonly settings: SettingsService,
    private readonly silence: DpSilence,
  ) {}

  /**
   * DPs that cannot do it anyway are left out, as long as another one can.
   *
   * @throws DomainError DP_NOT_ENABLED (R7), NO_ACCOUNT (R6) when none can
   */
  async route(computer: Computer, action: ComputerAction, now: Date): Promise<Route> {
    const found = (await this.routes([computer], action, now)).get(computer.id);
    if (found === undefined || found instanceof DomainError) throw found ?? noRoute(computer);
    return found;
  }

  /** As {@link route}, of many computers: those with the same DPs are asked for once. An error stands where none can. */
  async routes(
    computers: readonly Computer[],
    action: ComputerAction,
    now: Date,
  ): Promise<Map<ComputerId, Route | DomainError>> {
    const asked = new Map<string, Promise<UsableDps>>();
    const choosers: Choosers = new Map();
    const routes = new Map<ComputerId, Route | DomainError>();
    for (const computer of computers) {
      const wanted = routeOf(computer, await this.isDirect(computer, choosers));
      const key = `${computer.tenant} ${wanted.join(' ')}`;
      const found = asked.get(key) ?? this.usable(computer.tenant, wanted, action, now);
      asked.set(key, found);
      const {
        dps: [first, ...others],
        refusal,
      } = await found;
      routes.set(
        computer.id,
        first === undefined ? (refusal?.(computer.hostName) ?? noRoute(computer)) : [first, ...others],
      );
    }
    return routes;
  }

  private async usable(
    tenant: TenantId,
    wanted: readonly DpId[],
    action: ComputerAction,
    now: Date,
  ): Promise<UsableDps> {
    const found = new Map((await this.dps.findByIds(wanted)).map((dp) => [dp.id, dp]));
    const dps: DpId[] = [];
    let refusal: UsableDps['refusal'] = null;
    for (const id of wanted) {
      const refused = await this.refusalOf(tenant, action, id, found.get(id));
      const isLast = id === wanted.at(-1);
      if (refused) refusal = refused;
      else if (isLast || (await this.couldDoIt(tenant, action, found.get(id), now))) dps.push(id);
    }
    return { dps, refusal };
  }

  /** By setting, or because a location rule of the server DP says that the computer shares a network with the server. */
  private async isDirect({ tenant, dp, client }: Computer, choosers: Choosers): Promise<boolean> {
    const { directFirst } = await this.settings.forDp(tenant, dp.assigned);
    if (directFirst) return true;
    // only rules count here, not who serves it now
    const choosing = choosers.get(tenant) ?? this.locations.chooser(tenant, []);
    choosers.set(tenant, choosing);
    const { verdicts } = (await choosing)(client?.location ?? null, dp.assigned);
    return verdicts.some((one) => one.rule.dp === SERVER_DP && one.matched && one.serves);
  }

  private async refusalOf(
    tenant: TenantId,
    action: ComputerAction,
    id: DpId,
    dp: DistributionPoint | undefined,
  ): Promise<UsableDps['refusal']> {
    if (!dp || !serves(dp, tenant) || dp.state !== 'enabled') {
      return (name) =>
        id === SERVER_DP
          ? new DomainError('DP_NOT_ENABLED', 'serverDp.notEnabledToReach', { name })
          : new DomainError('DP_NOT_ENABLED', 'dp.notEnabledToReach', { dp: id, name });
    }
    // A probe only looks whether the computer answers.
    if (action === 'probe' || hasLocalAccounts(dp)) return null;
    if ((await this.accounts.findForDp(tenant, id)).length > 0) return null;
    return () => noAccount(id);
  }

  /** Whether a DP asks for orders, and can open an account. An order for one that does not would only wait there. */
  private async couldDoIt(
    tenant: TenantId,
    action: ComputerAction,
    dp: DistributionPoint | undefined,
    now: Date,
  ): Promise<boolean> {
    if (!dp) return false;
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    if (this.silence.isOverdue(lastSightingOf(dp)?.at ?? null, pollInterval, now)) return false;
    if (action === 'probe' || hasLocalAccounts(dp)) return true;
    return (await this.accounts.findForDp(tenant, dp.id)).some((account) => usableAt(account, dp));
  }
}

function noRoute({ hostName: name }: Computer): DomainError {
  return new DomainError('DP_NOT_ENABLED', 'order.noDpReaches', { name });
}
