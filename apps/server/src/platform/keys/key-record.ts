import { retryWhenBeaten, type InstallationRepository, type ServerKeyRecord } from '#persistence';
import { EnvironmentFault } from '#runtime';
import type { ServerKeys } from './server-keys.js';

type Keys = Pick<ServerKeys, 'fingerprint' | 'tokenFingerprint'>;

interface Acceptance {
  /** Fingerprint of the key that is to count from now on, whatever the database says. */
  accepted: string | undefined;
  /** Where the keys came from, for people. */
  source: string;
}

/**
 * Compares a server's keys with those that the database knows, and lets the database know the first ones. DPs trust the
 * key that they saw when they joined, and clients' tokens come from the other one: a server that went on with new keys,
 * because its state folder was lost or mistyped, would have every order refused.
 *
 * @throws EnvironmentFault with both fingerprints and the way out
 * @throws OptimisticLockError when servers with other keys keep starting at the same moment
 */
export function keysOfDatabase(
  installation: InstallationRepository,
  keys: Keys,
  { accepted, source }: Acceptance,
  now: Date,
): Promise<ServerKeyRecord> {
  const ours = { signing: keys.fingerprint, token: keys.tokenFingerprint };
  return retryWhenBeaten('the record of the server keys', async () => {
    const known = await installation.serverKeys();
    if (known?.signing === ours.signing && known.token === ours.token) return known;
    if (known && accepted !== ours.signing) throw new EnvironmentFault(refusal(known, ours, source));
    const record = {
      ...ours,
      first: known?.first ?? ours.signing,
      since: now,
      ...(known?.restoredAt && { restoredAt: known.restoredAt }),
      revision: known?.revision ?? 0,
    };
    const isWritten = known
      ? await installation.replaceServerKeys(record)
      : await installation.recordServerKeys(record);
    return isWritten ? record : undefined;
  });
}

function refusal(
  known: Pick<ServerKeyRecord, 'signing' | 'token'>,
  ours: Pick<ServerKeyRecord, 'signing' | 'token'>,
  source: string,
): string {
  const [what, price] =
    known.signing === ours.signing
      ? [
          `tokens of its clients come from the key ${known.token}, and this server has ${ours.token}`,
          'clients have to register again',
        ]
      : [
          `its DPs trust the server key ${known.signing}, and this server has ${ours.signing}`,
          'every DP has to join again, and clients to register again',
        ];
  return (
    `environment: this database belongs to other keys: ${what} (from ${source}). ` +
    'Is RELAYPOINT_STATE the right folder? If it was lost, put its folder "keys" back from the backup. ' +
    `If the old keys are gone for good, start once with ACCEPT_SERVER_KEY=${ours.signing}; ` +
    `then ${price}.`
  );
}
