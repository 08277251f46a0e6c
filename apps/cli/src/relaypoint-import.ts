#!/usr/bin/env node
import { importProgram } from './imports/import-program.js';
import { runProgram } from './run-program.js';

await runProgram('relaypoint-import', importProgram);
