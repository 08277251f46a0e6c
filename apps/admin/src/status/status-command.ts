import { z } from 'zod';
import { httpEnv, readEnv } from '#runtime';
import { adminEnv } from '../program/admin-env.js';
import { EXIT, type Command } from '../program/command.js';
import { UsageFault } from '../program/faults.js';
import { readOptions } from '../program/options.js';
import { checkDatabase } from './database-check.js';
import { checkDisk } from './disk-check.js';
import { checkMeasures, checkProgram, type Asked } from './program-check.js';

const HELP = `relaypoint-admin status: everything that is wrong, one line each, with what to do

  relaypoint-admin status [--json]

Looks at the database, its migrations and the keys of this machine, asks the programs how they are, and the server what its
measures say of orders, DPs, rollouts, directories and dead letters.

  --server URL      several times; without it the one that this environment is of (HOST, PORT, TLS_CERT)
  --gateway URL     several times; without it http://127.0.0.1:3001; "none" asks none
  --importer URL    several times; without it http://127.0.0.1:3002; "none" asks none
  --json            the findings as JSON on standard output: [{where, what, todo}]

Measures are shown on the server's own machine, or by METRICS_TOKEN of the environment.

Exit code: 0 nothing is wrong; 1 something is.
`;

const schema = z.object({
  ...httpEnv,
  PORT: z.coerce.number().int().min(0).max(65_535).default(3000),
});

/** `relaypoint-admin status`. */
export const statusCommand: Command = {
  summary: 'everything that is wrong, one line each, with what to do',
  help: HELP,
  run: async (args, { env: source, signal, out }) => {
    const options = readOptions(args, {
      server: { type: 'string', multiple: true },
      gateway: { type: 'string', multiple: true },
      importer: { type: 'string', multiple: true },
      json: { type: 'boolean', default: false },
    });
    const env = adminEnv(source);
    const { HOST, PORT, TLS_CERT, METRICS_TOKEN } = readEnv(schema, source);
    const host = HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST;
    const own = `${TLS_CERT === undefined ? 'http' : 'https'}://${host}:${PORT}`;
    const servers = asked('server', options.server, own);
    const programs = [
      ...servers,
      ...asked('gateway', options.gateway, 'http://127.0.0.1:3001'),
      ...asked('importer', options.importer, 'http://127.0.0.1:3002'),
    ];
    const [first] = servers;
    const findings = (
      await Promise.all([
        checkDatabase(env),
        ...programs.map((one) => checkProgram(one, signal)),
        // every server shows the measures of the whole installation
        first ? checkMeasures(first.url, METRICS_TOKEN, signal) : [],
        checkDisk(env.RELAYPOINT_STATE),
      ])
    ).flat();
    const lines = findings.map(({ where, what, todo }) => `${where}: ${what} -> ${todo}\n`);
    out.write(
      options.json ? `${JSON.stringify(findings, null, 2)}\n` : lines.join('') || 'nothing is wrong\n',
    );
    return findings.length > 0 ? EXIT.failed : EXIT.done;
  },
};

/** @throws UsageFault for what is no URL */
function asked(program: string, said: readonly string[] | undefined, otherwise: string): Asked[] {
  return (said ?? [otherwise])
    .filter((url) => url !== 'none')
    .map((url) => {
      if (!/^https?:\/\//.test(url) || !URL.canParse(url))
        throw new UsageFault(`--${program} is a URL such as ${otherwise}, not "${url}"`);
      return { program, url: url.replace(/\/+$/, '') };
    });
}
