#!/usr/bin/env node
import { ApiFault, findApi } from './admin-api.js';
import { HELP, readCommand, UsageFault } from './arguments.js';
import { carryOut } from './import-command.js';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => interrupted.abort());
}

/** @returns the exit code */
async function main(args: readonly string[]): Promise<number> {
  try {
    const command = readCommand(args);
    if (!command) {
      process.stdout.write(HELP);
      return 0;
    }
    return await carryOut(command, findApi(command, process.env), interrupted.signal);
  } catch (error) {
    if (interrupted.signal.aborted) {
      process.stderr.write('interrupted\n');
      return 130;
    }
    if (error instanceof UsageFault) {
      process.stderr.write(`relaypoint-import: ${error.message}; --help tells more\n`);
    } else if (error instanceof ApiFault) process.stderr.write(`relaypoint-import: ${error.message}\n`);
    else process.stderr.write(`relaypoint-import: ${error instanceof Error ? error.stack : String(error)}\n`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
