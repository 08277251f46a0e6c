#!/usr/bin/env node
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runAgent } from './agent.js';
import { doctor } from './cli/doctor.js';
import { type Command, DEFAULT_STATE, HELP, isCommand } from './cli/help.js';
import { join, nameOfMachine } from './cli/join.js';
import { status } from './cli/status.js';
import { ConfigError, readConfig } from './config/config.js';
import { diskTrouble } from './journal/disk-reserve.js';
import { loadIdentity } from './config/identity.js';
import { BrokenJournal } from './journal/journal-file.js';
import { makeLog, messageOf } from './base/log.js';
import { launchOf, SWITCH_EXIT_CODE } from './update/launch.js';
import { BadBundle, readSignedBundle } from './update/signed-bundle.js';

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** @returns the exit code: 0 well, 1 failed, 2 wrong usage or configuration */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  const [first, ...rest] = positionals;
  if (first === 'help' || first === undefined) return help(rest[0], first === 'help' || values.help === true);
  if (!isCommand(first)) throw new UsageError(`there is no command ${first}`);
  if (values.help) return help(first, true);
  if (rest.length > 0) throw new UsageError(`${rest.join(' ')} does not belong there`, first);
  // what is started from here runs in folders of its own, and would take a relative path from there
  const state = resolve(values.state ?? process.env['RELAYPOINT_DP_STATE'] ?? DEFAULT_STATE);
  switch (first) {
    case 'join': {
      const { gateway, token, key, name, 'server-key': serverKey, 'ca-file': caFile, proxy } = values;
      if (!gateway || (!token && !key) || !serverKey) {
        throw new UsageError(
          '--gateway, --token (or --key) and --server-key are needed: copy the whole join command',
          first,
        );
      }
      const secret = key ? { key, name: name ?? nameOfMachine() } : { token: token ?? '' };
      await join({ state, gateway, ...secret, serverKey, caFile, proxy }, print);
      return 0;
    }
    case 'check-bundle': {
      const { manifest, 'server-key': serverKey } = values;
      if (!manifest || !serverKey) throw new UsageError('--manifest and --server-key are needed', first);
      const bundle = readSignedBundle(await readFile(manifest, 'utf8'), serverKey);
      print(`Version ${bundle.version} is signed by the server.`);
      return 0;
    }
    case 'run':
      return (await run(state, values.gateway)) === 'switching' ? SWITCH_EXIT_CODE : 0;
    case 'status':
      return (await status(state, print)) ? 0 : 1;
    case 'doctor':
      return (await doctor(state, values.computer, print)) ? 0 : 1;
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        gateway: { type: 'string' },
        token: { type: 'string' },
        key: { type: 'string' },
        name: { type: 'string' },
        'server-key': { type: 'string' },
        'ca-file': { type: 'string' },
        proxy: { type: 'string' },
        state: { type: 'string' },
        computer: { type: 'string' },
        manifest: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
}

/** Wrong words on the command line; says where the right ones are. */
class UsageError extends ConfigError {
  constructor(what: string, command?: Command) {
    super(`${what}\nSee: relaypoint-dp help${command === undefined ? '' : ` ${command}`}`);
  }
}

function help(topic: string | undefined, wanted: boolean): number {
  const text = HELP[isCommand(topic) ? topic : ''];
  (wanted ? process.stdout : process.stderr).write(`${text}\n`);
  return wanted ? 0 : 2;
}

/** Milliseconds in which the same end may be told twice: by the service manager, and by the launcher that it told as well. */
const SAID_TWICE_MS = 1000;

async function run(state: string, gateway: string | undefined): Promise<'ended' | 'switching'> {
  const config = await readConfig(state);
  const identity = await loadIdentity(state);
  const ending = new AbortController();
  const log = makeLog();
  let since = 0;
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // asked twice: at once; the journal is whole at any time
      if (ending.signal.aborted && performance.now() - since < SAID_TWICE_MS) return;
      if (ending.signal.aborted) process.exit(1);
      since = performance.now();
      log.info(`${name} received, no more orders are taken`);
      ending.abort('ending');
    });
  }
  return await runAgent(
    state,
    { ...identity, gateway: gateway ?? config.gateway ?? identity.gateway },
    config,
    log,
    ending.signal,
    launchOf(process.env),
  );
}

// whatever is written from here on is for this user alone
process.umask(0o077);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const disk = diskTrouble(error);
  if (disk !== null)
    process.stderr.write(`relaypoint-dp: ${disk}, nothing can be done with this state folder\n`);
  const known =
    error instanceof ConfigError ||
    error instanceof BrokenJournal ||
    error instanceof BadBundle ||
    disk !== null;
  const text = known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
  process.stderr.write(`relaypoint-dp: ${text}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
