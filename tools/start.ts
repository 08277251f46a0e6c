// npm start: database, broker, server, gateway, importer and the server DP in one terminal, with the demo on an empty
// database. Ctrl-C stops all of it in order; the next start finds its data again. `npm run dev` is the same with --watch.
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AdminApi } from './dev/admin-api.ts';
import { AppProcess } from './dev/app-process.ts';
import { nodeArgumentsFor, optionsOrUsage } from './dev/arguments.ts';
import { type ConsoleServer, serveConsoleSources } from './dev/console-server.ts';
import { inheritedEnv } from './dev/inherited-env.ts';
import { takeCurl } from './dev/curl.ts';
import { forgetDemo, goOnWithDemo } from './dev/demo-progress.ts';
import { AGENT, joinAndEnable } from './dev/distribution-point.ts';
import type { RunningDemo } from './dev/rollout-demo.ts';
import { keepRunning } from './dev/peer-watch.ts';
import { type DevFile, PARTS, type Part } from './dev/state.ts';
import { inOneSentence, openStateFolder } from './dev/precautions.ts';
import { say, showAllLines, showWarningsOnly } from './dev/terminal.ts';
import { restartWhatChanged } from './dev/watch.ts';
import { describeChoice } from './peers/choices.ts';
import { withDatabase } from './mongodb-uri.ts';
import { type Database, mongodbFolder, takeMongodb } from './peers/mongodb.ts';
import { MongodbProcess } from './peers/mongodb-process.ts';
import { PidFile } from './peers/pid-file.ts';
import { anyFreePort, nextFreePort } from './peers/ports.ts';
import { type Broker, rabbitmqFolder, takeRabbitmq } from './peers/rabbitmq.ts';
import { RabbitmqNode } from './peers/rabbitmq-node.ts';

const ROOT = dirname(import.meta.dirname);
/** When the whole of it began, the installation included. */
const BEGAN = Number(process.env.RELAYPOINT_BEGAN ?? Date.now());
const options = optionsOrUsage(process.argv.slice(2));

const state = openStateFolder(process.env.RELAYPOINT_STATE || join(ROOT, '.relaypoint'));
const lock = new PidFile(state.in('start.pid'));
const other = lock.claim();
if (other !== undefined) {
  say(
    `Relaypoint runs here already (pid ${other}): ${state.read()?.serverUrl ?? 'it is still starting'}. ` +
      'Stop it where it was started, or start a second one with RELAYPOINT_STATE=another-folder.',
  );
  process.exit(1);
}

/** What runs, as the build makes it. */
const SCRIPTS = {
  server: 'dist/apps/server/src/main.js',
  gateway: 'dist/apps/dp-gateway/src/main.js',
  importer: 'dist/apps/importer/src/main.js',
  agent: AGENT,
} as const;

/** The processes in the order in which they are stopped. */
const apps: AppProcess[] = [];
let broker: Promise<Broker> | undefined;
let database: Promise<Database> | undefined;
let curl: Promise<void> | undefined;
let consoleServer: ConsoleServer | undefined;
let demo: Promise<RunningDemo> | undefined;
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
  // its sites hold long polls at the gateway
  const sites = await demo?.catch(() => undefined);
  await sites?.stop();
  await Promise.all([...apps.map((app) => app.stop()), consoleServer?.close()]);
  await Promise.all(watches);
  await curl?.catch(() => undefined);
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
): Promise<AppProcess | undefined> {
  if (isStopping()) return undefined;
  const app = new AppProcess({
    name,
    args,
    nodeArgs: await nodeArgumentsFor(name, options),
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
  return app;
}

async function portFrom(
  variable: string,
  fallback: number,
  host: string,
  but: readonly number[],
): Promise<number> {
  const wanted = Number(process.env[variable] ?? fallback);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_000)
    throw new Error(`${variable} is not a port`);
  const port = await nextFreePort(wanted, host, but);
  if (port !== wanted) say(`port ${wanted} is in use: ${variable} is ${port}`);
  return port;
}

/** Ends what a start that was killed itself has left running. */
async function endLeftovers(): Promise<void> {
  await Promise.all(globSync(state.in('run', '*.pid')).map((path) => new PidFile(path).end(10_000)));
  await RabbitmqNode.endLeftover(rabbitmqFolder(state.path));
  await MongodbProcess.endLeftover(mongodbFolder(state.path));
}

async function main(): Promise<void> {
  await endLeftovers();
  if (options.logs) showAllLines();
  showWarningsOnly(process.env.LOG_LEVEL === undefined && !options.logs);
  const { MONGODB_URI: uri, AMQP_URL: amqpUrl, AMQP_MANAGEMENT_URL: managementUrl } = process.env;
  const ways = { packages: state.in('packages'), say, signal: stopping.signal };
  database = takeMongodb({
    ...ways,
    folder: mongodbFolder(state.path),
    given: { variable: 'MONGODB_URI', uri },
  });
  broker = takeRabbitmq({
    ...ways,
    folder: rabbitmqFolder(state.path),
    given: { variable: 'AMQP_URL', amqpUrl, managementUrl },
  });
  const [theDatabase, theBroker] = await Promise.all([database, broker, (curl = takeCurl(ways))]);
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
  const serverPort = await portFrom('SERVER_PORT', 3000, host, []);
  const gatewayPort = await portFrom('GATEWAY_PORT', 3001, host, [serverPort]);
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
  const server = await startApp('server', 'server', [SCRIPTS.server], {
    ...withData,
    PORT: String(serverPort),
    PUBLIC_URL: process.env.PUBLIC_URL ?? serverUrl,
    GATEWAY_URL: gatewayUrl,
    ADMIN_USER: secrets.adminUser,
    ADMIN_PASSWORD: secrets.adminPassword,
    API_TOKEN: secrets.apiToken,
  });
  const gateway = await startApp('gateway', 'gateway', [SCRIPTS.gateway], {
    ...common,
    PORT: String(gatewayPort),
    SERVER_URL: serverUrl,
  });
  const importerPort = await anyFreePort();
  const importer = await startApp('importer', 'importer', [SCRIPTS.importer], {
    ...withData,
    HOST: '127.0.0.1',
    PORT: String(importerPort),
    // a directory on this machine is somebody's trial
    DIRECTORY_HOSTS: process.env.DIRECTORY_HOSTS ?? '*',
  });
  if (options.watch) {
    const port = await portFrom('CONSOLE_PORT', 5173, host, [serverPort, gatewayPort]);
    consoleServer = await serveConsoleSources({ root: ROOT, serverUrl, host, port, cache: state.in('vite') });
    watches.push(restartWhatChanged({ root: ROOT, scripts: Object.values(SCRIPTS) }, apps, stopping.signal));
  }
  await server?.ready(serverUrl);
  await gateway?.ready(gatewayUrl);
  await importer?.ready(`http://127.0.0.1:${importerPort}`);
  if (isStopping()) return;

  const api = new AdminApi(serverUrl, secrets.apiToken);
  const runAgent = async (name: string, part: Part | undefined, folder: string): Promise<void> => {
    await startApp(name, part, [AGENT, 'run', '--gateway', gatewayUrl, '--state', folder], {
      LOG_LEVEL: common.LOG_LEVEL,
    });
  };
  const { stranger } = await joinAndEnable({ api, root: ROOT, dp: 'server', state: state.in('server-dp') });
  if (stranger) {
    say('the database is another one than at the last start: the DPs join anew, and the demo begins anew');
    forgetDemo(state);
  }
  await runAgent('server-dp', 'serverDp', state.in('server-dp'));
  const demoIsThere = await goOnWithDemo({
    api,
    root: ROOT,
    state,
    without: options.empty || options.demo !== undefined,
    signal: stopping.signal,
    runAgent: (folder) => runAgent('demo-dp', undefined, folder),
  });
  if (isStopping()) return;

  showWarningsOnly(false);
  const consoleUrl =
    consoleServer === undefined
      ? `${serverUrl}/console`
      : `http://${reachable}:${consoleServer.port}/console/`;
  process.stdout.write(`
Relaypoint is ready
  console    ${consoleUrl}${demoIsThere ? `\n  computers  ${consoleUrl.replace(/\/$/, '')}/computers?folder=all (the demo's, ready)` : ''}
  user       ${secrets.adminUser}
  password   ${secrets.adminPassword}
  API        ${serverUrl}/api/v1 (described at ${serverUrl}/docs)
  gateway    ${gatewayUrl}
  logs       ${state.in('logs')} (complete, as JSON; npm start -- --logs shows them here)
  for scripts, with an API token: ${state.in('dev.json')}
  It took ${((Date.now() - BEGAN) / 1000).toFixed(0)} s. Ctrl-C stops everything.

`);
  if (options.demo === undefined) return;
  showWarningsOnly(true);
  // loaded when it is asked for: it takes the simulated sites with it
  const { beginRolloutDemo } = await import('./dev/rollout-demo.ts');
  demo = beginRolloutDemo({
    api,
    serverUrl,
    token: secrets.apiToken,
    consoleUrl,
    report: state.in('rollout-report.csv'),
    say,
    signal: stopping.signal,
  });
  await demo.catch((error: unknown) => {
    if (!isStopping()) say(`the demo did not come to its end: ${inOneSentence(error, state.path)}`);
  });
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void stop(signal === 'SIGINT' ? 'Ctrl-C' : signal).then(() => process.exit(0));
  });
}
async function giveUp(why: string): Promise<never> {
  await stop(why);
  process.exit(1);
}
// the program that started this one was killed: nothing is left running
process.on('disconnect', () => void giveUp('whoever started this is gone'));
process.on('uncaughtException', (error) => void giveUp(inOneSentence(error, state.path)));
try {
  // it may have been killed before this was listened for
  if (process.channel !== undefined && !process.connected) await giveUp('whoever started this is gone');
  await main();
} catch (error) {
  if (!isStopping()) say(inOneSentence(error, state.path));
  const wasStopped = isStopping();
  await stop('it cannot go on');
  if (!wasStopped) process.exit(1);
}
