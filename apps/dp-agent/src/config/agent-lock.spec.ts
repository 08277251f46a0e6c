import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../../../tools/testing/eventually.js';
import { lockState } from './agent-lock.js';

describe('the lock of a state folder', () => {
  const state = mkdtempSync(join(tmpdir(), 'agent-lock-'));
  afterAll(() => rmSync(state, { recursive: true }));

  it('is held by an agent that runs, and by nobody after it', async () => {
    const release = await lockState(state);
    await expect(lockState(state)).rejects.toThrow(`another agent (pid ${process.pid}) runs on ${state}`);
    await release();
    await (
      await lockState(state)
    )();
  });

  it('is not held by one that has ended, and that nobody has waited for', async () => {
    // `exec` keeps the child, and nobody who would wait for it; it ends with its input, once the shell is gone that would
    const line = 'exec 3<&0; cat <&3 & echo $!; exec sleep 60 <&- 3<&-';
    const parent = spawn('sh', ['-c', line], { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      const [said] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = said.toString().trim();
      await eventually(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'utf8')).toBe('sleep\n'));
      parent.stdin.end();
      const fields = (): string[] => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ');
      await eventually(() => expect(fields()[2]).toBe('Z'));
      writeFileSync(join(state, 'agent.pid'), `${pid} ${fields()[21]}`, { mode: 0o600 });
      await (
        await lockState(state)
      )();
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
