import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ApiFault, Connection, safeJson } from './connection.js';

const devFile = z.looseObject({ serverUrl: z.string(), apiToken: z.string() });

/**
 * Where the server is: as told, else by the environment, else from the dev.json of a running `npm start`.
 *
 * @throws ApiFault NO_SERVER, BAD_TOKEN
 */
export function findServer(
  told: { url: string | undefined; token: string | undefined; state: string | undefined },
  env: NodeJS.ProcessEnv,
): Connection {
  const file = join(told.state || env['RELAYPOINT_STATE'] || '.relaypoint', 'dev.json');
  let url = told.url || env['RELAYPOINT_URL'];
  let token = told.token || env['RELAYPOINT_TOKEN'];
  if ((!url || !token) && existsSync(file)) {
    const dev = devFile.safeParse(safeJson(readFileSync(file, 'utf8')));
    // The token of one server is not sent to another.
    if (dev.success && (!url || url === dev.data.serverUrl)) {
      url ||= dev.data.serverUrl;
      token ||= dev.data.apiToken;
    }
  }
  if (!url || !token) {
    throw new ApiFault(
      'NO_SERVER',
      `Which server? Say --url and --token (or RELAYPOINT_URL, RELAYPOINT_TOKEN), or run "npm start": there is no ${file}.`,
    );
  }
  // said here, because what cannot be sent would be shown by the fault of whoever was to send it
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new ApiFault(
      'BAD_TOKEN',
      'The token has characters that no token has, such as a space or a line break.',
    );
  }
  return new Connection(url.replace(/\/+$/, '').replace(/\/api\/v1$/, ''), token);
}
