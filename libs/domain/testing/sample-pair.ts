import type { DpId, TenantId } from '../src/base/ids.js';
import {
  enable,
  enrol,
  type DistributionPoint,
  type DpKeys,
} from '../src/distribution-points/distribution-point.js';
import { inviteSecond } from '../src/distribution-points/machines.js';
import { at, NOW } from './sample-orders.js';

export const keysOf = (name: string): DpKeys => ({
  signing: `signing ${name}`,
  sealing: `sealing ${name}`,
  sealingKeyId: name,
  fingerprint: `SHA256:${name}`,
  since: NOW,
});
export const agent = { version: '1.0.0', os: 'linux', hostname: 'dp-host' };
export const token = { hash: 'hash-2', expiresAt: at(60), spentBy: null };

export const single: DistributionPoint = {
  id: 'site-a' as DpId,
  tenant: 'acme' as TenantId,
  name: 'Site A',
  state: 'enabled',
  keys: keysOf('one'),
  joinToken: null,
  agent,
  lastSeen: { at: NOW, address: '192.0.2.1', running: 0 },
  createdAt: NOW,
  revision: 0,
};
export const joined = enrol(inviteSecond(single, token), 'hash-2', keysOf('two'), agent, NOW) ?? single;
export const pair = enable(joined, 'SHA256:two') ?? single;
