#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { runAgent } from './agent.js';
import { doctor } from './commands/doctor.js';
import { join } from './commands/join.js';
import { status } from './commands/status.js';
import { ConfigError, readConfig } from './config.js';
import { loadIdentity } from './identity.js';
import { BrokenJournal } from './journal/journal-file.js';
import { makeLog, messageOf } from './log.js';
import { AGENT_VERSION } from './version.js';

const USAGE = `relaypoint-dp ${AGENT_VERSION}: the agent of a distribution point
  relaypoint-dp join --gateway URL --token T --server-key SHA256:... [--state DIR]
  relaypoint-dp run [--gateway URL] [--state DIR]
  relaypoint-dp status [--state DIR]
  relaypoint-dp doctor [--computer HOST[:PORT]] [--state DIR]
The state folder is /var/lib/relaypoint-dp-agent unless --state or RELAYPOINT_DP_STATE says another; config.yaml is read from it.`;

const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** @returns the exit code: 0 well, 1 failed, 2 wrong usage or configuration */
async function main(args: string[]): Promise<number> {
  const { values, positionals } = readArguments(args);
  const state = values.state ?? process.env['RELAYPOINT_DP_STATE'] ?? '/var/lib/relaypoint-dp-agent';
  const [command, ...rest] = positionals;
  if (values.help || rest.length > 0) return usage(values.help ? 0 : 2);
  switch (command) {
    case 'join': {
      const { gateway, token, 'server-key': serverKey } = values;
      if (!gateway || !token || !serverKey) return usage(2);
      await join({ state, gateway, token, serverKey }, print);
      return 0;
    }
    case 'run':
      await run(state, values.gateway);
      return 0;
    case 'status':
      return (await status(state, print)) ? 0 : 1;
    case 'doctor':
      return (await doctor(state, values.computer, print)) ? 0 : 1;
    case undefined:
    default:
      return usage(2);
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
        'server-key': { type: 'string' },
        state: { type: 'string' },
        computer: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new ConfigError(`${messageOf(error)}\n${USAGE}`);
  }
}

async function run(state: string, gateway: string | undefined): Promise<void> {
  const config = await readConfig(state);
  const identity = await loadIdentity(state);
  const ending = new AbortController();
  const log = makeLog();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      // asked twice: at once; the journal is whole at any time
      if (ending.signal.aborted) process.exit(1);
      log.info(`${name} received, no more orders are taken`);
      ending.abort('ending');
    });
  }
  await runAgent(
    state,
    { ...identity, gateway: gateway ?? config.gateway ?? identity.gateway },
    config,
    log,
    ending.signal,
  );
}

function usage(code: number): number {
  process.stderr.write(`${USAGE}\n`);
  return code;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const known = error instanceof ConfigError || error instanceof BrokenJournal;
  const text = known || !(error instanceof Error) ? messageOf(error) : (error.stack ?? error.message);
  process.stderr.write(`relaypoint-dp: ${text}\n`);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
