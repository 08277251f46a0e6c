import { Inject, Injectable } from '@nestjs/common';
import { makeToken, type SignedOrder } from '#contract';
import {
  hasLocalAccounts,
  type ClientRelease,
  type DistributionPoint,
  type InstallOrder,
  type ReleaseVersion,
} from '#domain';
import { ClientReleaseRepository, ComputerRepository } from '#persistence';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { SettingsService } from '../../platform/settings/settings.service.js';
import type { EligibilitySnapshot } from '../eligibility/eligibility-policy.js';
import { wireOrder } from './wire-order.js';

/** Purpose of the key derivation of registration tokens; the client API checks with the same. */
const REGISTRATION_TOKEN = 'registration';

/** An order, and the DP that gets it. */
interface HandedOrder {
  order: InstallOrder;
  dp: DistributionPoint;
  /** The trace of this hand-over; undefined: there is none. */
  traceparent: string | undefined;
}

/** Makes the signed orders that a DP gets, with the accounts sealed to its key. */
@Injectable()
export class WireOrdersService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly releases: ClientReleaseRepository,
    private readonly settings: SettingsService,
    private readonly keys: ServerKeys,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /**
   * Signed orders for their DPs, in the given order; null where one has no lease, no computer any more, or its DP no
   * keys.
   *
   * @param gate what was seen of these orders: their accounts
   */
  async signed(
    handed: readonly HandedOrder[],
    gate: EligibilitySnapshot,
    now: Date,
  ): Promise<(SignedOrder | null)[]> {
    if (handed.length === 0) return [];
    const orders = handed.map(({ order }) => order);
    const found = await this.computers.findByIds('all', [...new Set(orders.map((order) => order.computer))]);
    const computers = new Map(found.map((computer) => [computer.id, computer]));
    const releases = await this.releasesOf(orders);
    return Promise.all(
      handed.map(async ({ order, dp, traceparent }) => {
        const computer = computers.get(order.computer);
        if (!computer || !dp.keys) return null;
        const wire = wireOrder({
          order,
          traceparent,
          computer,
          release: (order.release && releases.get(order.release)) ?? null,
          accounts: gate.accountsOf(order, dp),
          keyId: dp.keys.sealingKeyId,
          hasLocalAccounts: hasLocalAccounts(dp),
          settings: await this.settings.forDp(order.tenant, dp.id),
          registration: {
            url: `${this.env.PUBLIC_URL}/client/v1/register`,
            token: this.registrationToken(order),
          },
          now,
        });
        return wire && { order: wire, signature: this.keys.sign(wire) };
      }),
    );
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
}
