import { mkdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join as pathOf } from 'node:path';
import {
  dpKeyFingerprint,
  publicKeyFromText,
  publicKeyText,
  sameFingerprint,
  serverKeyFingerprint,
  writePrivateFile,
} from '#sealing';
import type { EnrolAnswer, EnrolRequest } from '#contract';
import { describeAgent } from '../agent.js';
import { ConfigError, readConfig, writeSettings } from '../config/config.js';
import { type Answer, GatewayClient } from '../protocol/gateway-client.js';
import { Backoff, pause } from '../base/backoff.js';
import { messageOf } from '../base/log.js';
import { proxyInUse, setUpNetwork } from '../config/network.js';
import { loadOrCreateKeys, readEnrolment, writeEnrolment } from '../config/identity.js';

/** What lets a machine in: the token of one DP, or a key for many and the name that this one takes. */
type JoinSecret = { readonly token: string } | { readonly key: string; readonly name: string };

export type JoinOptions = JoinSecret & {
  readonly state: string;
  readonly gateway: string;
  /** Fingerprint of the server key, as the console's join command carries it. */
  readonly serverKey: string;
  /** PEM file of a CA to trust; copied into the state folder. */
  readonly caFile?: string | undefined;
  /** URL of the proxy on the way to the gateway. */
  readonly proxy?: string | undefined;
};

/** This machine's name as the name of a DP: lower-case letters, digits and hyphens. */
export function nameOfMachine(): string {
  const [first = ''] = hostname().toLowerCase().split('.');
  return first
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 40);
}

/** Seconds in which a gateway that asks for patience has to take this machine. */
const BUSY_TIMEOUT_S = 300;

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

/** Asks again while the gateway has too much to do, as when many machines join at once. */
async function enrolInTime(
  gateway: GatewayClient,
  print: (line: string) => void,
  request: EnrolRequest,
): Promise<Answer<EnrolAnswer>> {
  const until = Date.now() + BUSY_TIMEOUT_S * 1000;
  const backoff = new Backoff();
  for (;;) {
    const answer = await gateway.enrol(request);
    if (answer.kind !== 'away' || answer.retryAfter === 0) return answer;
    const seconds = backoff.next(answer.retryAfter);
    if (Date.now() + seconds * 1000 > until) return answer;
    print(`The gateway has much to do (${answer.reason}); asking again in ${Math.ceil(seconds)} s.`);
    await pause(seconds, new AbortController().signal);
  }
}

/**
 * Enrols this machine as a DP. Repeating it with the same token gives the same answer; the server key is pinned.
 *
 * @throws ConfigError with what the operator can do
 */
export async function join(options: JoinOptions, print: (line: string) => void): Promise<void> {
  const { state, gateway, serverKey } = options;
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
  const answer = await enrolInTime(new GatewayClient({ url: gateway }), print, {
    ...('key' in options ? { joinToken: options.key, dp: options.name } : { joinToken: options.token }),
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
