/** @needs build */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TOOL = join(__dirname, 'pack.ts');

describe('npm run pack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pack-spec-'));
  const { version } = JSON.parse(readFileSync(join(__dirname, '..', 'package.json'), 'utf8')) as {
    version: string;
  };
  const name = `relaypoint-${version}-linux-${process.arch}`;

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ls = (...args: string[]): string =>
    execFileSync('tar', ['-tzf', join(folder, 'first', `${name}.tar.gz`), ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });

  const pack = (out: string): string[] => {
    execFileSync(process.execPath, [TOOL, '--out', join(folder, out), '--level', '1'], { stdio: 'pipe' });
    return ['tar.gz', 'cdx.json'].map((kind) =>
      createHash('sha256')
        .update(readFileSync(join(folder, out, `${name}.${kind}`)))
        .digest('hex'),
    );
  };

  it('makes the same of the same, and says what it consists of', () => {
    expect(pack('first')).toEqual(pack('second'));
    const { components } = JSON.parse(readFileSync(join(folder, 'first', `${name}.cdx.json`), 'utf8')) as {
      components: { name: string }[];
    };
    const names = new Set(components.map((one) => one.name));
    expect(['amqplib', 'mongoose', 'fastify'].filter((one) => !names.has(one))).toEqual([]);
    expect(['jest', 'vite', 'oxlint'].filter((one) => names.has(one))).toEqual([]);
  }, 300_000);

  it('has what the guide links to and what /version says, and nobody is kept from reading it', () => {
    const entries = ls().split('\n');
    for (const path of ['docs/upgrade.md', 'docs/queue-topology.md', 'deploy/restart.sh', 'app/dist/commit'])
      expect(entries).toContain(`./${path}`);
    const modes = ls('-v').split('\n').filter(Boolean);
    expect(modes.filter((line) => /^-(?!rw.r-.r-.)|^d(?!rwxr-xr-x)/.test(line))).toEqual([]);
  }, 60_000);
});
