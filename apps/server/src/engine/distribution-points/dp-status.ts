import type { DpStatus } from '#contract';
import type { DistributionPoint } from '#domain';

/** What DPs and administrators see: nothing has joined yet, or it waits to be enabled, both is `pending`. */
export function dpStatus(dp: Pick<DistributionPoint, 'state'>): DpStatus {
  return dp.state === 'created' ? 'pending' : dp.state;
}
