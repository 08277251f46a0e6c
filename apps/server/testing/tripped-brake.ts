import type { Brake, BrakeId, DpId, TenantId } from '#domain';
import { BrakeRepository } from '#persistence';
import type { TestServer } from './test-server.js';

/** A brake as failures trip it, on a DP that is only a name. @param number tells it apart from others of the test */
export async function trippedBrake(server: TestServer, number: number, tenant: string): Promise<Brake> {
  const brake: Brake = {
    id: `b-${number}` as BrakeId,
    tenant: tenant as TenantId,
    scope: { account: null, release: null, dp: `site-${number}` as DpId },
    cause: 'AUTH_FAILED',
    reason: 'AUTH_FAILED',
    evidence: [],
    openedBy: 'server',
    openedAt: new Date(),
    lifted: null,
    revision: 0,
  };
  await server.app.get(BrakeRepository).insert(brake);
  return brake;
}
