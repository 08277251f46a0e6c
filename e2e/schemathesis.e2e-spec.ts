import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Stack } from './support/stack.js';

const PROGRAM = process.env['RELAYPOINT_TEST_SCHEMATHESIS'];
const REPORTS = join(__dirname, '..', '.artifacts', 'schemathesis');
const MINUTES = 60_000;

/** All that schemathesis can try takes it some twenty minutes, most of them to make up bodies; the examples show within one what the document leaves out. */
const IS_WHOLE = process.env['RELAYPOINT_TEST_OPENAPI'] === 'whole';
const PHASES = IS_WHOLE ? 'examples,coverage,fuzzing,stateful' : 'examples';
const MOST_MINUTES = IS_WHOLE ? 60 : 5;

/** What is not asked for: the stream of events never ends, and the others would end what the test itself signs in with. */
const LEFT_OUT = [
  '/api/v1/events',
  '/api/v1/session',
  '/api/v1/session/password',
  '/api/v1/api-tokens/{id}',
  '/api/v1/users/{id}',
];

/**
 * A program that knows nothing but the served OpenAPI document looks for answers that the document does not have.
 * Where there is no such program, `npm test` says why.
 */
(PROGRAM ? describe : describe.skip)('the admin API, tested from outside by its OpenAPI document', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
  }, 3 * MINUTES);
  afterAll(async () => {
    await stack?.stop();
  }, 2 * MINUTES);

  /** Things that are there, by the path that they are found under: without them most answers would be 404. */
  const things = async (): Promise<Record<string, string>> => {
    const { api } = stack;
    const created = async (path: string, body: object): Promise<string> =>
      (await api.ok<{ id: string }>('POST', path, body)).id;
    await stack.publishClient();
    const { items: releases } = await api.ok<{ items: { version: string }[] }>('GET', '/client-releases');
    await created('/distribution-points', { id: 'site', name: 'Site', tenant: 'default' });
    const run = await stack.importCsv('name\npc-1\npc-2\npc-3\n', 'site');
    const { items: computers } = await api.ok<{ items: { id: string }[] }>(
      'GET',
      '/computers?tenant=default',
    );
    await created('/tenants', { id: 'other', name: 'Other' });
    return {
      'distribution-points/{dp}': 'site',
      'tenants/{tenant}': 'other',
      'client-releases/{version}': releases[0]?.version ?? '',
      'imports/{id}': String(run['id']),
      'computers/{id}': computers[0]?.id ?? '',
      'accounts/{id}': await created('/accounts', {
        label: 'Rollout',
        tenant: 'default',
        username: 'rollout',
        password: 'only for this test',
      }),
    };
  };

  /** Not waited for idly: connections that the server closes meanwhile are to be seen closed. */
  const schemathesis = (args: readonly string[]): Promise<{ stdout: string; status: unknown }> =>
    new Promise((resolve) => {
      const options = { cwd: REPORTS, timeout: MOST_MINUTES * MINUTES, maxBuffer: 64 * 1024 * 1024 };
      execFile(PROGRAM ?? '', args, options, (error, stdout) => {
        resolve({ stdout, status: error === null ? 0 : (error.code ?? error.signal) });
      });
    });

  /** Schemathesis' own settings, as TOML. */
  const settings = (ids: Record<string, string>): string =>
    [
      // which methods a path has, http.int-spec.ts shows for all of them
      '[phases.coverage]',
      'unexpected-methods = ["OPTIONS"]',
      '[checks.positive_data_acceptance]',
      // a document cannot say which ids exist, and which key was used before
      'enabled = false',
      '[checks.negative_data_rejection]',
      // what is refused for its size alone is refused as well
      'expected-statuses = ["400", "401", "403", "404", "413", "415", "422"]',
      ...Object.entries(ids).flatMap(([path, id]) => [
        '[[operations]]',
        `include-path-regex = "^/api/v1/${path.replaceAll(/[{}]/g, String.raw`\\$&`)}"`,
        `parameters = { "path.${/\{(\w+)\}/.exec(path)?.[1] ?? ''}" = ${JSON.stringify(id)} }`,
      ]),
    ].join('\n');

  it(
    'has no fault that schemathesis finds: no 500, no answer that is not documented',
    async () => {
      mkdirSync(REPORTS, { recursive: true });
      const file = join(REPORTS, 'schemathesis.toml');
      writeFileSync(file, settings(await things()));
      const { stdout, status } = await schemathesis([
        `--config-file=${file}`,
        '--no-color',
        'run',
        `${stack.api.baseUrl}/openapi.json`,
        '--header',
        `Authorization:Bearer ${stack.token}`,
        ...LEFT_OUT.flatMap((path) => ['--exclude-path', path]),
        `--phases=${PHASES}`,
        '--max-examples=8',
        '--workers=2',
        '--continue-on-failure',
      ]);
      writeFileSync(join(REPORTS, 'report.txt'), stdout);
      expect({ status, said: status === 0 ? '' : stdout.slice(-20_000) }).toEqual({ status: 0, said: '' });
      expect(stdout).toMatch(/Tested: *\d\d/);
      // what it signed in with held to the end
      expect((await stack.api.call('GET', '/session')).status).toBe(200);
    },
    (MOST_MINUTES + 2) * MINUTES,
  );
});
