import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { once } from 'node:events';
import { bound } from './bound-process.ts';
import { eventually } from './eventually.ts';

/** Starts what its arguments say, and tells its number. */
const STARTER = `
  const { spawn } = require('node:child_process');
  const [command, ...args] = process.argv.slice(1);
  console.log(spawn(command, args, { stdio: 'ignore' }).pid);
  setInterval(() => undefined, 1000);
`;

describe('a program of a test', () => {
  it('ends with the process that started it, even if that was killed', async () => {
    const [command, args] = bound('sleep', ['600']);
    const starter = spawn(process.execPath, ['-e', STARTER, '--', command, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(starter.stdout, 'data')) as [Buffer];
    const program = `/proc/${said.toString().trim()}`;
    expect(existsSync(program)).toBe(true);
    // setpriv has bound itself and become the program
    await eventually(() => expect(readFileSync(`${program}/comm`, 'utf8').trim()).toBe('sleep'));
    starter.kill('SIGKILL');
    await eventually(() => expect(existsSync(program)).toBe(false));
  });
});
