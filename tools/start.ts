// npm start: database, broker, server, gateway, importer and the server DP in one terminal, with the demo on an empty
// database. --empty leaves the demo out. Ctrl-C stops all of it in order; the next start finds its data again.
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminApi } from './dev/admin-api.ts';
import { AppProcess } from './dev/app-process.ts';
import { nothingIsThere, playDemo } from './dev/demo.ts';
import { AGENT, joinAndEnable } from './dev/distribution-point.ts';
import { keepRunning } from './dev/peer-watch.ts';
import { type DevFile, PARTS, type Part, StateFolder } from './dev/state.ts';
import { say, showWarningsOnly } from './dev/terminal.ts';
import { describeChoice } from './peers/choices.ts';
import { type Database, mongodbFolder, takeMongodb, withDatabase } from './peers/mongodb.ts';
import { PidFile } from './peers/pid-file.ts';
import { anyFreePort, nextFreePort } from './peers/ports.ts';
import { type Broker, rabbitmqFolder, takeRabbitmq } from './peers/rabbitmq.ts';

const ROOT = dirname(import.meta.dirname);
const HELP = `usage: npm start [-- --empty]

Starts everything here and, on an empty database, plays the demo; --empty leaves the demo out.

SERVER_PORT 3000, GATEWAY_PORT 3001, HOST 127.0.0.1     where the server and the gateway listen
RELAYPOINT_STATE .relaypoint                            data, keys, logs and dev.json
MONGODB_URI, AMQP_URL, AMQP_MANAGEMENT_URL              a database and a broker to use as they are
ADMIN_USER, ADMIN_PASSWORD, API_TOKEN                   instead of new ones at the first start
LOG_LEVEL info                                          of all processes
`;

if (process.argv.some((argument) => argument === '--help' || argument === '-h')) {
  process.stdout.write(HELP);
  process.exit(0);
}

const state = new StateFolder(process.env.RELAYPOINT_STATE ?? join(ROOT, '.relaypoint'));
const lock = new PidFile(state.in('start.pid'));
const other = lock.running();
if (other !== undefined) {
  say(`Relaypoint runs here already (pid ${other}): ${state.read()?.serverUrl ?? ''}`);
  process.exit(1);
}
lock.write(process.pid);

/** The processes in the order in which they are stopped. */
const apps: AppProcess[] = [];
let broker: Promise<Broker> | undefined;
let database: Promise<Database> | undefined;
/** Ended by `stopping`; a peer that is just being started again is waited for. */
const watches: Promise<void>[] = [];
let devFile: DevFile | undefined;
const pids = Object.fromEntries(PARTS.map((part) => [part, null])) as Record<Part, number | null>;

function writeDevFile(): void {
  if (devFile !== undefined) state.write({ ...devFile, pids: { ...pids } });
}

const stopping = new AbortController();
const isStopping = (): boolean => stopping.signal.aborted;
async function stop(why: string): Promise<void> {
  if (isStopping()) return;
  stopping.abort();
  say(`${why}: stopping the apps, then the broker, then the database`);
  await Promise.all(apps.map((app) => app.stop()));
  await Promise.all(watches);
  for (const peer of [broker, database]) {
    const started = await peer?.catch(() => undefined);
    await started
      ?.stop()
      .catch((error: unknown) => say(`${started.peer} could not be stopped: ${String(error)}`));
  }
  for (const part of PARTS) pids[part] = null;
  writeDevFile();
  lock.forget();
}

async function startApp(
  name: string,
  part: Part | undefined,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (isStopping()) return;
  const app = new AppProcess({
    name,
    args,
    cwd: ROOT,
    env: { ...inheritedEnv(), ...env },
    pidFile: state.in('run', `${name}.pid`),
    log: state.in('logs', `${name}.log`),
    onStart: (pid) => {
      if (part !== undefined) pids[part] = pid;
      writeDevFile();
    },
  });
  apps.push(app);
  await app.start();
}

/** What the apps get of our environment: nothing that another app alone is to know. */
function inheritedEnv(): NodeJS.ProcessEnv {
  const ours = new Set([
    'MONGODB_URI',
    'AMQP_URL',
    'AMQP_MANAGEMENT_URL',
    'ADMIN_USER',
    'ADMIN_PASSWORD',
    'API_TOKEN',
    'PORT',
  ]);
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.has(name)));
}

async function untilReady(name: string, url: string): Promise<void> {
  const until = Date.now() + 60_000;
  let last = 'no answer';
  while (!isStopping()) {
    try {
      const answer = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      const text = await answer.text();
      if (answer.ok) return;
      last = `${answer.status} ${text}`;
    } catch {
      // it does not listen yet
    }
    if (Date.now() > until) throw new Error(`${name} was not ready within 60 s: ${last}`);
    await sleep(100);
  }
}

async function portFrom(variable: string, fallback: number, host: string, but?: number): Promise<number> {
  const wanted = Number(process.env[variable] ?? fallback);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_000)
    throw new Error(`${variable} is not a port`);
  const port = await nextFreePort(wanted, host, but);
  if (port !== wanted) say(`port ${wanted} is in use: ${variable} is ${port}`);
  return port;
}

/** Ends the apps of a start that was killed itself. */
async function endLeftovers(): Promise<void> {
  await Promise.all(globSync(state.in('run', '*.pid')).map((path) => new PidFile(path).end(10_000)));
}

async function main(): Promise<void> {
  const began = Date.now();
  await endLeftovers();
  showWarningsOnly(process.env.LOG_LEVEL === undefined);
  const { MONGODB_URI: uri, AMQP_URL: amqpUrl, AMQP_MANAGEMENT_URL: managementUrl } = process.env;
  database = takeMongodb({ folder: mongodbFolder(state.path), given: { variable: 'MONGODB_URI', uri }, say });
  broker = takeRabbitmq({
    folder: rabbitmqFolder(state.path),
    given: { variable: 'AMQP_URL', amqpUrl, managementUrl },
    say,
  });
  const [theDatabase, theBroker] = await Promise.all([database, broker]);
  if (isStopping()) return;
  say(describeChoice(theDatabase));
  say(describeChoice(theBroker));
  pids.mongodb = theDatabase.pid;
  pids.rabbitmq = theBroker.pid;
  for (const [part, peer] of [
    ['mongodb', theDatabase],
    ['rabbitmq', theBroker],
  ] as const) {
    watches.push(
      keepRunning(peer, stopping.signal, (pid) => {
        pids[part] = pid;
        writeDevFile();
      }),
    );
  }

  // chosen only now, when broker and database have theirs: nobody else takes them in the meantime
  const host = process.env.HOST ?? '127.0.0.1';
  const serverPort = await portFrom('SERVER_PORT', 3000, host);
  const gatewayPort = await portFrom('GATEWAY_PORT', 3001, host, serverPort);
  const reachable = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  const serverUrl = `http://${reachable}:${serverPort}`;
  const gatewayUrl = `http://${reachable}:${gatewayPort}`;

  const secrets = state.secrets(process.env);
  const mongodbUri = withDatabase(theDatabase.uri, 'relaypoint');
  devFile = {
    serverUrl,
    gatewayUrl,
    ...secrets,
    mongodbUri,
    amqpUrl: theBroker.amqpUrl,
    amqpManagementUrl: theBroker.managementUrl,
    pids,
  };
  writeDevFile();

  const common = {
    NODE_ENV: process.env.NODE_ENV ?? 'development',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    HOST: host,
    AMQP_URL: theBroker.amqpUrl,
    AMQP_MANAGEMENT_URL: theBroker.managementUrl,
    RELAYPOINT_STATE: state.path,
  };
  const withData = {
    ...common,
    MONGODB_URI: mongodbUri,
    ...(theDatabase.standIn ? { MONGODB_STAND_IN: '1' } : {}),
  };
  await startApp('server', 'server', ['dist/apps/server/src/main.js'], {
    ...withData,
    PORT: String(serverPort),
    PUBLIC_URL: process.env.PUBLIC_URL ?? serverUrl,
    GATEWAY_URL: gatewayUrl,
    ADMIN_USER: secrets.adminUser,
    ADMIN_PASSWORD: secrets.adminPassword,
    API_TOKEN: secrets.apiToken,
  });
  await startApp('gateway', 'gateway', ['dist/apps/dp-gateway/src/main.js'], {
    ...common,
    PORT: String(gatewayPort),
    SERVER_URL: serverUrl,
  });
  await startApp('importer', 'importer', ['dist/apps/importer/src/main.js'], {
    ...withData,
    PORT: String(await anyFreePort()),
  });
  await untilReady('the server', serverUrl);
  await untilReady('the gateway', gatewayUrl);
  if (isStopping()) return;

  const api = new AdminApi(serverUrl, secrets.apiToken);
  const runAgent = (name: string, part: Part | undefined, folder: string): Promise<void> =>
    startApp(name, part, [AGENT, 'run', '--gateway', gatewayUrl, '--state', folder], {
      LOG_LEVEL: common.LOG_LEVEL,
    });
  await joinAndEnable({ api, root: ROOT, dp: 'server', state: state.in('server-dp') });
  await runAgent('server-dp', 'serverDp', state.in('server-dp'));
  await demo(api, (folder) => runAgent('demo-dp', undefined, folder));
  if (isStopping()) return;

  showWarningsOnly(false);
  process.stdout.write(`
Relaypoint is ready
  console    ${serverUrl}/console
  user       ${secrets.adminUser}
  password   ${secrets.adminPassword}
  API        ${serverUrl}/api/v1 (described at ${serverUrl}/docs)
  gateway    ${gatewayUrl}
  for scripts, with an API token: ${state.in('dev.json')}
  It took ${((Date.now() - began) / 1000).toFixed(0)} s. Ctrl-C stops everything.

`);
}

/** Plays the demo on an empty database, goes on with an interrupted one, or only starts its agent again. */
async function demo(api: AdminApi, runAgent: (folder: string) => Promise<void>): Promise<void> {
  const agentState = state.in('demo-dp');
  const played = state.in('demo-played');
  const startAgent = (): Promise<void> => runAgent(agentState);
  if (existsSync(played)) return existsSync(agentState) ? startAgent() : undefined;
  const interrupted = existsSync(state.in('demo-begun'));
  if (process.argv.includes('--empty') || (!interrupted && !(await nothingIsThere(api)))) return;
  say(interrupted ? 'the demo goes on' : 'the database is empty: here is the demo');
  writeFileSync(state.in('demo-begun'), '');
  try {
    await playDemo({ api, root: ROOT, agentState, computers: state.in('demo-computers'), say, startAgent });
    writeFileSync(played, '');
  } catch (error) {
    if (!isStopping())
      say(`the demo did not come to its end: ${error instanceof Error ? error.message : String(error)}`);
  }
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void stop(signal === 'SIGINT' ? 'Ctrl-C' : signal).then(() => process.exit(0));
  });
}
try {
  await main();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  await stop('it cannot go on');
  process.exit(1);
}
