import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PidFile } from './pid-file.ts';

describe('a pid file', () => {
  let folder: string;
  let child: ChildProcess;
  let file: PidFile;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pid-file-'));
    child = spawn('sleep', ['60']);
    file = new PidFile(join(folder, 'sleep.pid'));
    file.write(child.pid!);
  });

  afterEach(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('names its process while that runs', async () => {
    expect(file.running()).toBe(child.pid);
    await file.end(2_000);
    expect(file.running()).toBeUndefined();
  });

  it('is claimed by one of two at once, and by the next when the holder has ended', async () => {
    expect(file.claim()).toBe(child.pid);
    await file.end(2_000);
    expect(file.claim()).toBeUndefined();
    expect(file.running()).toBe(process.pid);
    expect(file.claim()).toBeUndefined(); // our own
  });

  it('does not take another process with the same pid for its own', () => {
    const [pid, beginning] = readFileSync(file.path, 'utf8').trim().split(' ');
    writeFileSync(file.path, `${pid} ${Number(beginning) - 1}\n`);
    expect(file.running()).toBeUndefined();
    expect(file.signal('SIGKILL')).toBe(false);
    expect(child.killed).toBe(false);
  });

  it('is not written for a process that has ended', async () => {
    await file.end(2_000);
    expect(file.write(child.pid!)).toBe(false);
  });

  it('ends a process that ignores SIGTERM', async () => {
    const stubborn = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done']);
    await new Promise((resolve) => stubborn.stdout.once('data', resolve));
    const stubbornFile = new PidFile(join(folder, 'stubborn.pid'));
    stubbornFile.write(stubborn.pid!);
    await stubbornFile.end(200);
    expect(stubbornFile.running()).toBeUndefined();
  });

  it('ends a process that is stopped', async () => {
    file.signal('SIGSTOP');
    await file.end(2_000);
    expect(file.running()).toBeUndefined();
  });
});
