import { findServer } from '../server/find-server.js';
import { IMPORT_HELP, readImport } from './import-arguments.js';
import { importComputers } from './import-command.js';
import { ImportsApi } from './imports-api.js';

/** `relaypoint import`, which is `relaypoint-import` as well. */
export async function importProgram(args: readonly string[], signal: AbortSignal): Promise<number> {
  const command = readImport(args);
  if (!command) {
    process.stdout.write(IMPORT_HELP);
    return 0;
  }
  return importComputers(command, new ImportsApi(findServer(command, process.env)), signal);
}
