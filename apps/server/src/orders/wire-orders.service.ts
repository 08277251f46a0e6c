import { Injectable } from '@nestjs/common';
import { makeToken, type SignedOrder } from '#contract';
import type {
  Account,
  ClientRelease,
  DistributionPoint,
  InstallOrder,
  ReleaseVersion,
  TenantId,
} from '#domain';
import { AccountRepository, ClientReleaseRepository, ComputerRepository } from '#persistence';
import { serverEnv } from '../env.js';
import { ServerKeys } from '../keys/server-keys.js';
import { SettingsService } from '../settings/settings.service.js';
import { OrderGate } from './order-gate.js';
import { wireOrder } from './wire-order.js';

/** Purpose of the key derivation of registration tokens; the client API checks with the same. */
const REGISTRATION_TOKEN = 'registration';

/** Makes the signed orders that a DP gets, with the accounts sealed to its key. */
@Injectable()
export class WireOrders {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly releases: ClientReleaseRepository,
    private readonly accounts: AccountRepository,
    private readonly gate: OrderGate,
    private readonly settings: SettingsService,
    private readonly keys: ServerKeys,
  ) {}

  /** Orders without a lease, or whose computer is gone, are left out. */
  async signed(dp: DistributionPoint, orders: readonly InstallOrder[], now: Date): Promise<SignedOrder[]> {
    if (orders.length === 0 || !dp.keys) return [];
    const computers = new Map(
      (
        await this.computers.findByIds(
          'all',
          orders.map((o) => o.computer),
        )
      ).map((c) => [c.id, c]),
    );
    const releases = await this.releasesOf(orders);
    const accounts = await this.accountsOf(dp, orders);
    const gate = await this.gate.look(orders, now);
    const signed: SignedOrder[] = [];
    for (const order of orders) {
      const computer = computers.get(order.computer);
      if (!computer) continue;
      const wire = wireOrder({
        order,
        computer,
        release: (order.release && releases.get(order.release)) ?? null,
        accounts: (accounts.get(order.tenant) ?? []).filter((one) => !gate.isBraked(order, dp, one)),
        keyId: dp.keys.sealingKeyId,
        hasLocalAccounts: (dp.agent?.localAccounts ?? 0) > 0,
        settings: await this.settings.forDp(order.tenant, dp.id),
        registration: {
          url: `${serverEnv().PUBLIC_URL}/client/v1/register`,
          token: this.registrationToken(order),
        },
        now,
      });
      if (wire) signed.push({ order: wire, signature: this.keys.sign(wire) });
    }
    return signed;
  }

  /** Derived, so that handing an order out again gives the same token and nothing is stored. */
  registrationToken(order: Pick<InstallOrder, 'id' | 'computer'>): string {
    return makeToken(order.id, this.keys.token(REGISTRATION_TOKEN, order.id, order.computer));
  }

  private async releasesOf(orders: readonly InstallOrder[]): Promise<Map<ReleaseVersion, ClientRelease>> {
    const versions = [...new Set(orders.flatMap((order) => order.release ?? []))];
    const releases = await Promise.all(versions.map((version) => this.releases.findById(version)));
    return new Map(releases.flatMap((release) => (release ? [[release.version, release]] : [])));
  }

  private async accountsOf(
    dp: DistributionPoint,
    orders: readonly InstallOrder[],
  ): Promise<Map<TenantId, readonly Account[]>> {
    const tenants = [...new Set(orders.map((order) => order.tenant))];
    const lists = await Promise.all(tenants.map((tenant) => this.accounts.findForDp(tenant, dp.id)));
    return new Map(tenants.map((tenant, index) => [tenant, lists[index] ?? []]));
  }
}
