import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type KeyPair,
  loadKeyFile,
  loadOrCreateKeyFile,
  publicKeyFromText,
  readPrivateFile,
  writePrivateFile,
} from '#sealing';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { ConfigError } from './config.js';

const stored = z.object({
  dp: z.string().min(1),
  gateway: z.url(),
  serverKey: z.string(),
  keyFingerprint: z.string(),
});

/** What `join` has settled: who this DP is, and whose orders it takes. */
export type Enrolment = z.infer<typeof stored>;

/** An enrolled DP with its keys. */
export interface Identity extends Enrolment {
  readonly signing: KeyPair;
  readonly sealing: KeyPair;
  /** Key that orders must be signed with; pinned at enrolment. */
  readonly serverPublicKey: KeyObject;
}

const file = (state: string) => join(state, 'identity.json');
const signingFile = (state: string) => join(state, 'signing.key');
const sealingFile = (state: string) => join(state, 'sealing.key');

/** The DP's two key pairs, made on first use; they never leave the state folder. */
export async function loadOrCreateKeys(state: string): Promise<{ signing: KeyPair; sealing: KeyPair }> {
  await mkdir(state, { recursive: true, mode: 0o700 });
  return {
    signing: await loadOrCreateKeyFile(signingFile(state), 'ed25519'),
    sealing: await loadOrCreateKeyFile(sealingFile(state), 'x25519'),
  };
}

/** The enrolment kept in the state folder, or null before `join`. */
export async function readEnrolment(state: string): Promise<Enrolment | null> {
  const bytes = await readPrivateFile(file(state));
  if (!bytes) return null;
  const parsed = stored.safeParse(parseJson(bytes.toString()));
  if (!parsed.success)
    throw new ConfigError(`${file(state)} is broken; restore it or join again in a new state folder`);
  return parsed.data;
}

export async function writeEnrolment(state: string, enrolment: Enrolment): Promise<void> {
  await writePrivateFile(file(state), `${JSON.stringify(enrolment, null, 2)}\n`);
}

/**
 * Everything that `run` needs of `join`.
 *
 * @throws ConfigError when the DP has not joined, or a key is missing
 */
export async function loadIdentity(state: string): Promise<Identity> {
  const enrolment = await readEnrolment(state);
  if (!enrolment)
    throw new ConfigError(`${state} holds no enrolment: run the join command from the console first`);
  const signing = await loadKeyFile(signingFile(state), 'ed25519');
  const sealing = await loadKeyFile(sealingFile(state), 'x25519');
  const serverPublicKey = publicKeyFromText('ed25519', enrolment.serverKey);
  if (!signing || !sealing || !serverPublicKey) {
    throw new ConfigError(`a key is missing in ${state}: restore it, or join again with a new join token`);
  }
  return { ...enrolment, signing, sealing, serverPublicKey };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
