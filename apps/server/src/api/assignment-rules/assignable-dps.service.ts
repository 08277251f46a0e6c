import { Injectable } from '@nestjs/common';
import { dpIndex, serves, type DpIndex, type TenantId } from '#domain';
import { DistributionPointRepository } from '#persistence';

/** Which distribution points the computers of a tenant may be given. */
@Injectable()
export class AssignableDps {
  constructor(private readonly dps: DistributionPointRepository) {}

  /** Its own, and those that belong to no tenant. */
  async of(tenant: TenantId): Promise<DpIndex> {
    const all = (await this.dps.list([tenant])).filter((dp) => serves(dp, tenant));
    return dpIndex(all.map(({ id, name, state }) => ({ id, name, isDisabled: state === 'disabled' })));
  }
}
