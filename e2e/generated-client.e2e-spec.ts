import { spawn, execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { Stack } from './support/stack.js';
import { WorkingSite } from './support/working-site.js';

const PYTHON = process.env['RELAYPOINT_TEST_PYTHON'];
const MINUTES = 60_000;

/** Nothing to be formatted; and what the generator does not know is text. */
const GENERATOR_CONFIG = `
project_name_override: relaypoint-client
post_hooks: []
content_type_overrides:
  application/x-ndjson: text/plain
`;

/**
 * What the OpenAPI document is good for: a client in another language, made by somebody else's generator, does the documented
 * jobs. Where the generator cannot be installed, `npm test` says why.
 */
(PYTHON ? describe : describe.skip)('a Python client that is generated from the OpenAPI document', () => {
  let stack: Stack;
  let site: WorkingSite;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.publishClient();
    site = new WorkingSite(stack.gatewayUrls[0] ?? '');
  }, 3 * MINUTES);
  afterAll(async () => {
    await site?.stop();
    await stack?.stop();
  }, 2 * MINUTES);

  it(
    'is made without a warning',
    () => {
      const config = join(stack.folder, 'generator.yaml');
      writeFileSync(config, GENERATOR_CONFIG);
      execFileSync(
        join(dirname(PYTHON ?? ''), 'openapi-python-client'),
        [
          'generate',
          `--url=${stack.api.baseUrl}/openapi.json`,
          `--config=${config}`,
          '--meta=none',
          '--fail-on-warning',
          `--output-path=${join(stack.folder, 'relaypoint_client')}`,
        ],
        { stdio: ['ignore', 'ignore', 'inherit'] },
      );
    },
    3 * MINUTES,
  );

  it(
    'creates a DP, enters an account, imports, releases, watches, brakes, and changes a setting',
    async () => {
      const jobs = spawn(PYTHON ?? '', [join(__dirname, 'python', 'generated_client_jobs.py')], {
        env: {
          PATH: process.env['PATH'] ?? '',
          PYTHONPATH: stack.folder,
          RELAYPOINT_URL: stack.serverUrls[0] ?? '',
          RELAYPOINT_TOKEN: stack.token,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = new Promise<number | null>((resolve) => jobs.once('close', resolve));
      const said: string[] = [];
      for await (const line of createInterface({ input: jobs.stdout })) {
        if (line.startsWith('relaypoint-dp join')) await site.join(line);
        else said.push(line);
      }
      expect(await ended).toBe(0);
      expect(said).toEqual([
        'done: log in by token',
        'done: create a DP',
        'done: enter an account',
        'done: import a CSV file',
        'done: release and watch',
        'done: set and release a brake',
        'done: change a setting with its ETag',
      ]);
    },
    5 * MINUTES,
  );
});
