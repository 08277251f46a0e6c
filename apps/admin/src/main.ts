#!/usr/bin/env node
import { COMMANDS } from './commands.js';
import { runProgram } from './program/run-program.js';

await runProgram(COMMANDS, process.argv.slice(2));
