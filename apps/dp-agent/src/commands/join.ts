import {
  dpKeyFingerprint,
  publicKeyFromText,
  publicKeyText,
  sameFingerprint,
  serverKeyFingerprint,
} from '#sealing';
import { describeAgent } from '../agent.js';
import { ConfigError, inState, readConfig } from '../config.js';
import { GatewayClient, trustCaFile } from '../gateway-client.js';
import { loadOrCreateKeys, readEnrolment, writeEnrolment } from '../identity.js';

export interface JoinOptions {
  readonly state: string;
  readonly gateway: string;
  readonly token: string;
  /** Fingerprint of the server key, as the console's join command carries it. */
  readonly serverKey: string;
}

/**
 * Enrols this machine as a DP. Repeating it with the same token gives the same answer; the server key is pinned.
 *
 * @throws ConfigError with what the operator can do
 */
export async function join(options: JoinOptions, print: (line: string) => void): Promise<void> {
  const { state, gateway, token, serverKey } = options;
  const before = await readEnrolment(state);
  if (before && before.gateway !== gateway) {
    throw new ConfigError(
      `${state} belongs to DP ${before.dp} of ${before.gateway}; use another state folder (--state)`,
    );
  }
  const config = await readConfig(state);
  if (config.caFile !== undefined) trustCaFile(inState(state, config.caFile));
  const { signing, sealing } = await loadOrCreateKeys(state);
  const answer = await new GatewayClient({ url: gateway }).enrol({
    joinToken: token,
    signingKey: publicKeyText(signing.publicKey),
    sealingKey: publicKeyText(sealing.publicKey),
    agent: describeAgent(),
  });
  if (answer.kind === 'refused') {
    throw new ConfigError(`the gateway refuses the join token: ${answer.code} ${answer.detail}`.trim());
  }
  if (answer.kind === 'away') throw new ConfigError(`${gateway} does not answer: ${answer.reason}`);
  const { dp, status, keyFingerprint, serverKey: serverKeyText } = answer.value;
  const key = publicKeyFromText('ed25519', serverKeyText);
  if (!key || !sameFingerprint(serverKeyFingerprint(key), serverKey)) {
    throw new ConfigError(
      `the server shows another key than the join command says (${key ? serverKeyFingerprint(key) : 'none'}). ` +
        'Nothing was stored. Copy the command from the console again; if it stays so, somebody is in between.',
    );
  }
  const fingerprint = dpKeyFingerprint(signing.publicKey, sealing.publicKey);
  if (!sameFingerprint(keyFingerprint, fingerprint)) {
    throw new ConfigError(
      `the gateway enrolled other keys (${keyFingerprint}) than this machine has (${fingerprint})`,
    );
  }
  await writeEnrolment(state, { dp, gateway, serverKey: serverKeyText, keyFingerprint: fingerprint });
  print(`DP ${dp} is enrolled, status ${status}.`);
  print(`Key fingerprint: ${fingerprint}`);
  print(
    'Compare it with the one in the console before you enable the DP there. Then start: relaypoint-dp run',
  );
}
