// The commands of docs/scale.md, with fewer sites and computers than the page has.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../tools/testing/eventually.js';
import { Stack } from './support/stack.js';

const ROOT = join(__dirname, '..');
const PAGE = readFileSync(join(ROOT, 'docs', 'scale.md'), 'utf8');
const SMALLER: Readonly<Record<string, string>> = { dps: '2', computers: '10', seconds: '1', for: '600' };

/** Blocks that are to be run, in their order. */
function blocks(): string[] {
  return [...PAGE.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, text = '']) => text);
}

/** The same with other numbers; each has to be one of the page. */
function smaller(command: string): string {
  let text = command;
  for (const [name, value] of Object.entries(SMALLER)) {
    expect(text).toMatch(new RegExp(`--${name} \\d+`));
    text = text.replace(new RegExp(`--${name} \\d+`), `--${name} ${value}`);
  }
  return text;
}

describe('the commands of docs/scale.md', () => {
  let stack: Stack;
  const begun: ChildProcess[] = [];

  beforeAll(async () => {
    stack = await Stack.start();
  }, 180_000);
  afterAll(async () => {
    for (const child of begun) {
      if (child.exitCode !== null || child.pid === undefined) continue;
      const ended = once(child, 'exit');
      // with what its shell has started
      process.kill(-child.pid, 'SIGINT');
      await ended;
    }
    await stack?.stop();
  }, 120_000);

  const run = (script: string): { child: ChildProcess; said: () => string } => {
    let said = '';
    const child = spawn('bash', ['-euc', script], {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, RELAYPOINT_URL: stack.serverUrls[0] ?? '', RELAYPOINT_TOKEN: stack.token },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text: Buffer) => (said += text.toString()));
    begun.push(child);
    return { child, said: () => said };
  };

  it('simulate sites that take what is released', async () => {
    const [fleet = '', release = '', ...others] = blocks();
    expect(others).toEqual([]);
    const sites = run(smaller(fleet));
    await eventually(
      () => {
        if (!sites.said().includes('10 computers are imported')) throw new Error(sites.said());
      },
      { timeoutMs: 180_000 },
    );
    const released = run(release);
    await once(released.child, 'exit');
    // half of them are at the first site
    expect(released.said()).toBe('5\n');
    await eventually(
      async () => {
        const { items } = await stack.api.ok<{ items: object[] }>('GET', '/orders?state=succeeded');
        expect(items).toHaveLength(5);
      },
      { timeoutMs: 120_000 },
    );
  }, 360_000);
});
