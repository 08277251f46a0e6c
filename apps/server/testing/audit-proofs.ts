import type { AuditCheckpoint } from '#contract';
import { CHAIN_START, checkpointText } from '#sealing';
import { HeartbeatsService } from '../src/engine/distribution-points/heartbeats.service.js';
import type { ServerKeys } from '../src/platform/keys/server-keys.js';
import type { TestServer } from './test-server.js';

/** A checkpoint of an audit that these keys have signed. */
export function signedCheckpoint(
  keys: Pick<ServerKeys, 'serverKey' | 'signText'>,
  { number, sequence, previous = CHAIN_START }: { number: number; sequence: number; previous?: string },
): AuditCheckpoint {
  const at = '2026-03-02T07:30:00.000Z';
  const hash = 'ab'.repeat(32);
  const statement = { number, sequence, hash, at, previous, removed: null, key: keys.serverKey };
  return { ...statement, signature: keys.signText(checkpointText(statement)) };
}

/** A DP polls, and shows what it was told of the audit. */
export function sees(server: TestServer, dp: string, contradiction?: object): Promise<void> {
  const agent = { version: '1.0', os: 'linux', hostname: 'dp-host', ...(contradiction && { contradiction }) };
  const now = new Date();
  const sighting = { dp, at: now.toISOString(), address: '192.0.2.1', running: 0, agent: agent as never };
  return server.app.get(HeartbeatsService).note({ v: 1, sightings: [sighting] }, now);
}
