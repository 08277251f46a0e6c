import { mkdir, readFile } from 'node:fs/promises';
import { join as pathOf } from 'node:path';
import {
  dpKeyFingerprint,
  publicKeyFromText,
  publicKeyText,
  sameFingerprint,
  serverKeyFingerprint,
  writePrivateFile,
} from '#sealing';
import { describeAgent } from '../agent.js';
import { ConfigError, readConfig, writeSettings } from '../config/config.js';
import { GatewayClient } from '../protocol/gateway-client.js';
import { messageOf } from '../base/log.js';
import { proxyInUse, setUpNetwork } from '../config/network.js';
import { loadOrCreateKeys, readEnrolment, writeEnrolment } from '../config/identity.js';

export interface JoinOptions {
  readonly state: string;
  readonly gateway: string;
  readonly token: string;
  /** Fingerprint of the server key, as the console's join command carries it. */
  readonly serverKey: string;
  /** PEM file of a CA to trust; copied into the state folder. */
  readonly caFile?: string | undefined;
  /** URL of the proxy on the way to the gateway. */
  readonly proxy?: string | undefined;
}

/** Puts what the command line says of the network into the configuration, where `run` finds it. */
async function settle({ state, caFile, proxy }: JoinOptions): Promise<void> {
  if (caFile === undefined && proxy === undefined) return;
  await mkdir(state, { recursive: true, mode: 0o700 });
  const settings: Record<string, string> = {};
  if (caFile !== undefined) {
    const pem = await readFile(caFile).catch((error: unknown) => {
      throw new ConfigError(`the CA file cannot be read: ${messageOf(error)}`);
    });
    await writePrivateFile(pathOf(state, 'gateway-ca.pem'), pem);
    settings['caFile'] = 'gateway-ca.pem';
  }
  if (proxy !== undefined) settings['proxy'] = proxy;
  await writeSettings(state, settings);
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
  await settle(options);
  const config = await readConfig(state);
  setUpNetwork(state, config);
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
  if (answer.kind === 'away') {
    const proxy = proxyInUse(config);
    const way = proxy === null ? '' : ` (by the proxy ${proxy})`;
    const hint = /certificate/i.test(answer.reason)
      ? '. Is its certificate of a CA of your own? Then name the CA: --ca-file FILE'
      : '';
    throw new ConfigError(`${gateway} does not answer${way}: ${answer.reason}${hint}`);
  }
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
