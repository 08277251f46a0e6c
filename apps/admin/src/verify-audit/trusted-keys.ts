import type { mongo } from 'mongoose';
import { publicKeyFromText, sameFingerprint, serverKeyFingerprint } from '#sealing';
import { serverKeysOf } from '../keys/database-keys.js';
import { fingerprintsOf, readKeyFiles } from '../keys/key-files.js';
import type { AdminEnv } from '../program/admin-env.js';

/**
 * Which keys count as the servers': those of this machine and those that were named. Only where there are none, the one
 * that the database itself names, which whoever has changed the audit may have changed as well.
 */
export async function trustedKeys(
  db: mongo.Db,
  env: AdminEnv,
  named: readonly string[],
  warn: (text: string) => void,
): Promise<(key: string) => boolean> {
  const own = fingerprintsOf(await readKeyFiles(env))?.signing;
  const known = [...named, ...(own === undefined ? [] : [own])];
  if (known.length === 0) {
    const recorded = await serverKeysOf(db);
    if (recorded) {
      warn(
        `warning: the server's keys are not on this machine, so signatures are held against the key that the database names, ${recorded.signing}; --key names the one that is right`,
      );
      known.push(recorded.signing);
    }
  }
  return (text) => {
    const key = publicKeyFromText('ed25519', text);
    if (!key) return false;
    const fingerprint = serverKeyFingerprint(key);
    return known.some((one) => sameFingerprint(one, fingerprint));
  };
}
