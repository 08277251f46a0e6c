import { Injectable } from '@nestjs/common';
import {
  chooseByLocation,
  serves,
  type DpId,
  type LocationData,
  type LocationDecision,
  type TenantId,
} from '#domain';
import { DistributionPointRepository, LocationRuleRepository } from '#persistence';

/** Which DP a client's location data leads to. */
export interface LocationChoice extends LocationDecision {
  dp: DpId | null;
  /** Whether the DP that serves the client now is still enabled and serves its tenant. */
  stillServes: boolean;
}

/** Applies a tenant's location rules (R10). */
@Injectable()
export class LocationChoicesService {
  constructor(
    private readonly rules: LocationRuleRepository,
    private readonly dps: DistributionPointRepository,
  ) {}

  /** @param current the DP that serves the client now */
  async choose(
    tenant: TenantId,
    location: LocationData | null,
    current: DpId | null,
  ): Promise<LocationChoice> {
    return (await this.chooser(tenant, current === null ? [] : [current]))(location, current);
  }

  /**
   * As {@link choose}, of many clients of a tenant: rules and DPs are read once.
   *
   * @param serve the DPs that serve them now
   */
  async chooser(
    tenant: TenantId,
    serve: readonly DpId[],
  ): Promise<(location: LocationData | null, current: DpId | null) => LocationChoice> {
    const rules = await this.rules.ofTenant(tenant);
    const named = new Set([...rules.map((rule) => rule.dp), ...serve]);
    const found = named.size === 0 ? [] : await this.dps.findByIds([...named]);
    const serving = new Set(
      found.filter((dp) => dp.state === 'enabled' && serves(dp, tenant)).map((dp) => dp.id),
    );
    return (location, current) => {
      const decision = chooseByLocation(rules, serving, location, current);
      const dp = decision.winner?.dp ?? null;
      return { ...decision, dp, stillServes: current !== null && serving.has(current) };
    };
  }
}
