// npm run bench joins: many machines behind one address become DPs by one key, each by the agent's own `join`, with the limits
// that a gateway has by default.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apiOf, type Program, say, startPrograms, takeGround } from './programs.ts';

const ROOT = join(import.meta.dirname, '..');
const JOINS = Number(process.env['BENCH_JOINS'] ?? 200);
/** Machines that join at the same time; here they share the processors of one. */
const AT_ONCE = 20;
/** What a gateway takes by default. */
const LIMITS = { ENROL_MOST: '1200' };

/** Runs the line of one machine to its end. @returns how often it had to wait */
async function joinAs(name: string, line: readonly string[], state: string): Promise<number> {
  const script = join(ROOT, 'dist', 'apps', 'dp-agent', 'src', 'main.js');
  const child = spawn(process.execPath, [script, ...line, '--name', name, '--state', state], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (output += text.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${name}: ${output}`);
  return output.match(/asking again/g)?.length ?? 0;
}

const ground = await takeGround();
const folder = mkdtempSync(join(tmpdir(), 'relaypoint-joins-'));
try {
  const token = `rlp_${randomBytes(32).toString('base64url')}`;
  const [server] = (await startPrograms(ground, token, LIMITS)) satisfies Program[];
  if (!server) throw new Error('nothing was started');
  const api = apiOf(server.url, token);
  const { installLines } = await api<{ installLines: { platform: string; command: string }[] }>(
    'POST',
    '/join-keys',
    {
      label: 'bench',
      tenant: null,
      pattern: 'site-*',
      uses: JOINS,
      enableWithin: ['127.0.0.0/8', '::1/128'],
      expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
    },
  );
  const installed = installLines.find(({ platform }) => platform === 'installed')?.command ?? '';
  const line = installed.split(' ').slice(1);
  const names = Array.from({ length: JOINS }, (_, i) => `site-${i + 1}`);
  const began = performance.now();
  let waits = 0;
  const lane = async (): Promise<void> => {
    for (let name = names.shift(); name; name = names.shift())
      waits += await joinAs(name, line, join(folder, name));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const seconds = (performance.now() - began) / 1000;
  const page = '/distribution-points?state=enabled&limit=1';
  const { total } = await api<{ total: number }>('GET', page);
  say(
    `${JOINS} machines joined by one key in ${seconds.toFixed(0)} s, ${total} DPs are enabled; ${waits} waits`,
  );
  if (total !== JOINS) throw new Error(`${JOINS} were to be enabled`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  await ground.stop();
}
