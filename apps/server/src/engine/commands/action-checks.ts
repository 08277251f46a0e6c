import { Injectable } from '@nestjs/common';
import {
  DomainError,
  hasLocalAccounts,
  routeOf,
  SERVER_DP,
  serves,
  usableAt,
  type Computer,
  type ComputerAction,
  type DistributionPoint,
  type DpId,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { DpSilence } from '../distribution-points/dp-silence.js';
import { LocationChoicesService } from '../location/location-choices.service.js';
import { noAccount } from './release-checks.js';
import { SettingsService } from '../../platform/settings/settings.service.js';

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
  async route(computer: Computer, action: ComputerAction, now: Date): Promise<readonly [DpId, ...DpId[]]> {
    const wanted = routeOf(computer, await this.isDirect(computer));
    const found = new Map((await this.dps.findByIds(wanted)).map((dp) => [dp.id, dp]));
    const usable: DpId[] = [];
    let fault: DomainError | null = null;
    for (const id of wanted) {
      const refusal = await this.refusalOf(computer, action, id, found.get(id));
      const isLast = id === wanted.at(-1);
      if (refusal) fault = refusal;
      else if (isLast || (await this.couldDoIt(computer, action, found.get(id), now))) usable.push(id);
    }
    const [first, ...others] = usable;
    if (first === undefined) {
      throw fault ?? new DomainError('DP_NOT_ENABLED', 'order.noDpReaches', { name: computer.name });
    }
    return [first, ...others];
  }

  /** By setting, or because a location rule of the server DP says that the computer shares a network with the server. */
  private async isDirect(computer: Computer): Promise<boolean> {
    const { directFirst } = await this.settings.forDp(computer.tenant, computer.dp.assigned);
    if (directFirst) return true;
    const { verdicts } = await this.locations.choose(
      computer.tenant,
      computer.client?.location ?? null,
      computer.dp.assigned,
    );
    return verdicts.some((one) => one.rule.dp === SERVER_DP && one.matched && one.serves);
  }

  private async refusalOf(
    computer: Computer,
    action: ComputerAction,
    id: DpId,
    dp: DistributionPoint | undefined,
  ): Promise<DomainError | null> {
    if (!dp || !serves(dp, computer.tenant) || dp.state !== 'enabled') {
      const { name } = computer;
      return id === SERVER_DP
        ? new DomainError('DP_NOT_ENABLED', 'serverDp.notEnabledToReach', { name })
        : new DomainError('DP_NOT_ENABLED', 'dp.notEnabledToReach', { dp: id, name });
    }
    // A probe only looks whether the computer answers.
    if (action === 'probe' || hasLocalAccounts(dp)) return null;
    if ((await this.accounts.findForDp(computer.tenant, id)).length > 0) return null;
    return noAccount(id);
  }

  /** Whether a DP asks for orders, and can open an account. An order for one that does not would only wait there. */
  private async couldDoIt(
    { tenant }: Computer,
    action: ComputerAction,
    dp: DistributionPoint | undefined,
    now: Date,
  ): Promise<boolean> {
    if (!dp) return false;
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    if (this.silence.isOverdue(dp.lastSeen?.at ?? null, pollInterval, now)) return false;
    if (action === 'probe' || hasLocalAccounts(dp)) return true;
    return (await this.accounts.findForDp(tenant, dp.id)).some((account) => usableAt(account, dp));
  }
}
