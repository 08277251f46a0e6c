import { type KeyObject, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, open, rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Config, readConfig, readLocalAccounts } from '../config/config.js';
import { reachPort } from '../computer/reach.js';
import { missingSambaPrograms } from '../methods/smb/samba-process.js';
import { diskTrouble, RESERVE, RESERVE_BYTES } from '../journal/disk-reserve.js';
import { GatewayClient } from '../protocol/gateway-client.js';
import { judgeAnswer } from '../protocol/gateway-proof.js';
import { loadIdentity } from '../config/identity.js';
import { codeOf, messageOf } from '../base/log.js';
import { proxyInUse, setUpNetwork } from '../config/network.js';

/** Clock difference that the gateway forgives, in seconds. */
const SKEW = 60;
const NONCE_BYTES = 16;

/**
 * Checks what an operator can mend: state folder, configuration, keys, gateway, clock and, when one is named, a computer.
 *
 * @param computer `host` or `host:port`
 * @returns whether all is well
 */
export async function doctor(
  state: string,
  computer: string | undefined,
  print: (line: string) => void,
): Promise<boolean> {
  let well = true;
  const check = async <T>(
    what: string,
    work: () => Promise<T>,
    good: (value: T) => string,
  ): Promise<T | null> => {
    try {
      const value = await work();
      print(`ok    ${what}: ${good(value)}`);
      return value;
    } catch (error) {
      well = false;
      print(`FAIL  ${what}: ${messageOf(error)}`);
      return null;
    }
  };
  await check(
    'state folder',
    () => tryToWrite(state),
    () => state,
  );
  const config = await check('configuration', () => readConfig(state), describe);
  if (config) {
    await check(
      'local accounts',
      () => readLocalAccounts(state, config),
      (accounts) => `${accounts.length}`,
    );
    await check(
      'network',
      async () => setUpNetwork(state, config),
      () => networkOf(config),
    );
  }
  if (config?.methods.includes('smb')) {
    await check(
      'method smb',
      () => sambaIsThere(),
      () => `Samba's programs are there, NTLM is ${config.smb.ntlm}`,
    );
  }
  const identity = await check(
    'enrolment and keys',
    () => loadIdentity(state),
    ({ dp, keyFingerprint }) => `${dp} ${keyFingerprint}`,
  );
  if (identity) {
    const gateway = new GatewayClient({ url: config?.gateway ?? identity.gateway });
    const seconds = await check(
      'gateway',
      () => clockOfGateway(gateway, identity.serverPublicKey),
      () => config?.gateway ?? identity.gateway,
    );
    if (seconds !== null) {
      await check(
        'clock',
        () => withinSkew(seconds),
        () => `${Math.abs(seconds)} s from the gateway's`,
      );
    }
  }
  if (computer !== undefined) {
    // 445 speaks only when it is spoken to
    const look = computer.endsWith(':445') ? () => answersAt(computer) : () => banner(computer);
    await check('computer', look, (text) => `${computer} ${text}`);
  }
  return well;
}

/**
 * Writes as much as the agent keeps back, because a full disk lets whoever only asks believe that all is well; less where
 * that is there already.
 */
async function tryToWrite(state: string): Promise<void> {
  const path = join(state, `.doctor-${process.pid}.new`);
  try {
    await access(state, constants.R_OK | constants.W_OK);
    const file = await open(path, 'wx', 0o600);
    try {
      const kept = await stat(join(state, RESERVE)).catch(() => null);
      await file.writeFile(Buffer.alloc((kept?.size ?? 0) < RESERVE_BYTES ? RESERVE_BYTES : 64 * 1024, 1));
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    const what = diskTrouble(error);
    throw what === null ? error : new Error(`${state} cannot be written, ${what}`, { cause: error });
  } finally {
    await rm(path, { force: true }).catch(() => undefined);
  }
}

function describe(config: Config): string {
  return `methods ${config.methods.join(', ')}, ${config.concurrency} orders at a time`;
}

function networkOf(config: Config): string {
  const proxy = proxyInUse(config);
  const ca = config.caFile === undefined ? '' : `, CA ${config.caFile}`;
  return `${proxy === null ? 'no proxy' : `proxy ${proxy}`}${ca}`;
}

/** Makes sure that it is the gateway that answers; seconds by which its clock is ahead of this machine's. */
async function clockOfGateway(gateway: GatewayClient, serverKey: KeyObject): Promise<number> {
  const nonce = randomBytes(NONCE_BYTES).toString('base64url');
  const asked = Date.now();
  const seen = await gateway.askForProof(nonce).catch((error: unknown) => {
    throw new Error(connectionFault(error), { cause: error });
  });
  const between = (asked + Date.now()) / 2;
  const answerer = judgeAnswer(seen, nonce, serverKey);
  switch (answerer.kind) {
    case 'gateway':
      return Math.round((answerer.at.getTime() - between) / 1000);
    case 'older':
      return gateway.clockDifference(Date.now);
    case 'away':
      throw new Error('it answers, but the server behind it does not: nothing is wrong here');
    case 'other':
      throw new Error(answerer.what);
  }
}

/** Why no answer came; a clock that is wrong looks like a bad certificate. */
function connectionFault(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const code = codeOf(cause);
  const what = messageOf(cause);
  if (code === 'CERT_NOT_YET_VALID' || code === 'CERT_HAS_EXPIRED')
    return `${what}: is the clock right? It says ${new Date().toISOString()}`;
  if (/^(?:ERR_TLS_CERT|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(code))
    return `${what}: a captive portal or a proxy that opens TLS, or a CA of your own that caFile does not name`;
  return what;
}

async function withinSkew(seconds: number): Promise<void> {
  if (Math.abs(seconds) > SKEW)
    throw new Error(`${Math.abs(seconds)} s from the gateway's: tokens are refused, set the clock`);
}

async function sambaIsThere(): Promise<void> {
  const missing = await missingSambaPrograms();
  if (missing !== null) throw new Error(missing);
}

function placeOf(computer: string): { host: string; port: number } {
  const at = computer.lastIndexOf(':');
  if (at <= 0) return { host: computer, port: 22 };
  return { host: computer.slice(0, at), port: Number(computer.slice(at + 1)) };
}

/** Whether something takes connections there. */
async function answersAt(computer: string): Promise<string> {
  const { host, port } = placeOf(computer);
  await reachPort(host, port, 5, new AbortController().signal);
  return 'takes connections';
}

/** The first line of an SSH server. */
function banner(computer: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(placeOf(computer));
    const finish = (done: () => void) => {
      socket.destroy();
      done();
    };
    socket.setTimeout(5000, () => finish(() => reject(new Error('no answer within 5 s'))));
    socket.once('data', (data: Buffer) =>
      finish(() => resolve(`says ${data.toString().split(/\r?\n/, 1)[0] ?? ''}`)),
    );
    socket.once('error', (error) => finish(() => reject(new Error(codeOf(error) || messageOf(error)))));
    socket.once('end', () => finish(() => reject(new Error('it hung up without a word'))));
  });
}
