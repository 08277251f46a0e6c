import { Injectable } from '@nestjs/common';
import {
  DomainError,
  isOverdue,
  routeOf,
  SERVER_DP,
  serves,
  type Computer,
  type ComputerAction,
  type DistributionPoint,
  type DpId,
} from '#domain';
import { AccountRepository, DistributionPointRepository } from '#persistence';
import { LocationChoices } from '../location-rules/location-choices.service.js';
import { SettingsService } from '../settings/settings.service.js';

/** Which DPs can try an action on a computer, in turn (R11). */
@Injectable()
export class ActionChecks {
  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly accounts: AccountRepository,
    private readonly locations: LocationChoices,
    private readonly settings: SettingsService,
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
      else if (isLast || !(await this.isSilent(found.get(id), now))) usable.push(id);
    }
    const [first, ...others] = usable;
    if (first === undefined) {
      throw fault ?? new DomainError('DP_NOT_ENABLED', `No distribution point can reach ${computer.name}.`);
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
    const which = id === SERVER_DP ? 'The server DP' : `Distribution point ${id}`;
    if (!dp || !serves(dp, computer.tenant) || dp.state !== 'enabled') {
      return new DomainError(
        'DP_NOT_ENABLED',
        `${which} is not enabled, so nobody can reach ${computer.name}.`,
      );
    }
    // A probe only looks whether the computer answers.
    if (action === 'probe' || (dp.agent?.localAccounts ?? 0) > 0) return null;
    if ((await this.accounts.findForDp(computer.tenant, id)).length > 0) return null;
    const text = `No account is stored for ${which.replace(/^[TD]/, (letter) => letter.toLowerCase())}, neither centrally nor on it; enter one first.`;
    return new DomainError('NO_ACCOUNT', text);
  }

  private async isSilent(dp: DistributionPoint | undefined, now: Date): Promise<boolean> {
    if (!dp) return true;
    const { pollInterval } = await this.settings.forDp(dp.tenant, dp.id);
    return isOverdue(dp.lastSeen?.at ?? null, pollInterval, now);
  }
}
