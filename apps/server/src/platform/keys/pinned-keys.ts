import type { DistributionPoint } from '#domain';
import type { ServerKeyRecord } from '#persistence';
import type { MessageDescriptor } from '#texts';

export interface KeyAlert extends MessageDescriptor {
  code: 'OTHER_SERVER_KEY';
  at: string;
}

/** Which DPs trust another server key than the one that signs orders now: they refuse every order. */
export class PinnedKeys {
  constructor(private readonly record: Pick<ServerKeyRecord, 'signing' | 'first' | 'since'>) {}

  alertsOf(dp: Pick<DistributionPoint, 'keys' | 'serverKey'>): KeyAlert[] {
    const { signing, first, since } = this.record;
    // one that joined before this was noted has seen the first key of this database
    const trusted = dp.serverKey ?? first;
    if (dp.keys === null || trusted === signing) return [];
    const params = { trusted, signing };
    return [{ code: 'OTHER_SERVER_KEY', at: since.toISOString(), key: 'dpAlert.serverKey', params }];
  }
}
