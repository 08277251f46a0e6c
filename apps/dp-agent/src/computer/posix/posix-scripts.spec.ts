import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLEAN } from './posix-scripts.js';

describe('cleaning up after an attempt', () => {
  let root: string;
  let base: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'posix-scripts-'));
    base = join(root, 'var/lib/relaypoint-dp');
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const make = (folder: string, ...files: string[]): void => {
    mkdirSync(join(base, folder, 'release'), { recursive: true });
    for (const file of files) writeFileSync(join(base, folder, file), '0\n');
  };
  const left = (): string[] =>
    readdirSync(base, { recursive: true, encoding: 'utf8' })
      .filter((path) => !path.endsWith('release'))
      .toSorted();
  const clean = (attempt: number): void => {
    execFileSync('sh', ['-c', CLEAN, 'sh', root, 'order-1', `${attempt}`]);
  };

  it('removes what it and those before it left, but for their exit codes', () => {
    make('order-1-1');
    make('order-1-2', 'rc', 'out.log', 'pid');
    make('order-1-1.aaaa.new');
    make('order-1-2.new');
    make('order-2-1', 'pid');
    clean(2);
    expect(left()).toEqual(['order-1-2', 'order-1-2/rc', 'order-2-1', 'order-2-1/pid']);
  });

  it('spares later ones, which may be those of the other machine, and run', () => {
    make('order-1-9', 'pid');
    make('order-1-10', 'pid', 'out.log');
    make('order-1-10.bbbb.new');
    make('order-1-11', 'rc', 'out.log');
    clean(9);
    expect(left()).toEqual([
      'order-1-10',
      'order-1-10.bbbb.new',
      'order-1-10/out.log',
      'order-1-10/pid',
      'order-1-11',
      'order-1-11/out.log',
      'order-1-11/rc',
    ]);
  });
});
