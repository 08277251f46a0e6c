#!/usr/bin/env node
import { importProgram } from './imports/import-program.js';
import { rolloutProgram } from './rollouts/rollout-program.js';
import { runProgram, type Program } from './run-program.js';
import { UsageFault } from './terminal/usage-fault.js';

const HELP = `relaypoint: imports computers and rolls out clients, from scripts and by hand

  relaypoint import ...      computers from a CSV file or an Active Directory
  relaypoint rollout ...     releases of many computers that go by themselves, and stop themselves

Each says more by --help.
`;

const PROGRAMS: Readonly<Record<string, Program>> = { import: importProgram, rollout: rolloutProgram };

await runProgram('relaypoint', async ([name = '--help', ...args], signal) => {
  if (name === '--help' || name === '-h') {
    process.stdout.write(HELP);
    return 0;
  }
  const program = Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
  if (!program) throw new UsageFault(`there is no command "${name}"`);
  return program(args, signal);
});
