import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditChainRepository } from '#persistence';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import { AuditCheckpoints } from './audit-checkpoints.js';

describe('what DPs are told of the audit', () => {
  it('is nothing, and keeps none from its orders, when it cannot be read; and is read again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
    let reads = 0;
    const chain = {
      newestCheckpoint: () => {
        reads += 1;
        return reads === 1 ? Promise.reject(new Error('no checkpoint')) : Promise.resolve(null);
      },
    } as unknown as AuditChainRepository;
    const checkpoints = new AuditCheckpoints(chain, await ServerKeys.load({ folder }));
    expect(await checkpoints.forDps()).toBeNull();
    expect(await checkpoints.forDps()).toBeNull();
    expect(reads).toBe(2);
    await rm(folder, { recursive: true });
  });
});
