import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentFault } from '#runtime';
import { COMMANDS } from '../commands.js';
import type { Command } from './command.js';
import { Refusal, UsageFault } from './faults.js';
import { exitCodeOf } from './run-program.js';

async function ended(
  args: string[],
  run: Command['run'],
  aborted = false,
): Promise<[number, string, string]> {
  const said = { out: '', terminal: '' };
  const interrupted = new AbortController();
  if (aborted) interrupted.abort();
  const commands = { ...COMMANDS, work: { summary: 'works', help: 'how it works\n', run } };
  const code = await exitCodeOf(commands, args, {
    env: {},
    signal: interrupted.signal,
    out: { write: (text) => Boolean((said.out += String(text))) },
    terminal: { isTTY: false, write: (text) => Boolean((said.terminal += String(text))) },
  });
  return [code, said.out, said.terminal];
}
const fails = (error: Error) => (): Promise<number> => Promise.reject(error);
const works = (): Promise<number> => Promise.resolve(0);

describe('relaypoint-admin', () => {
  it('ends with the code of its command', async () =>
    expect(await ended(['work'], () => Promise.resolve(2))).toEqual([2, '', '']));

  it('says what is wrong in one line, and whether anything was done by its code', async () => {
    expect(await ended(['work'], fails(new Refusal('not empty')))).toEqual([
      3,
      '',
      'relaypoint-admin: not empty\n',
    ]);
    expect(await ended(['work'], fails(new EnvironmentFault('no MONGODB_URI')))).toEqual([
      1,
      '',
      'relaypoint-admin: no MONGODB_URI\n',
    ]);
    expect(await ended(['work'], fails(new UsageFault('--to is missing')))).toEqual([
      1,
      '',
      'relaypoint-admin: --to is missing; --help tells more\n',
    ]);
    expect(await ended(['wrok'], works)).toEqual([
      1,
      '',
      'relaypoint-admin: there is no command "wrok"; --help tells more\n',
    ]);
  });

  it('ends with 130 when it was interrupted, whatever its command has come to', async () => {
    expect((await ended(['work'], works, true))[0]).toBe(130);
    expect(await ended(['work'], fails(new Error('cut off')), true)).toEqual([130, '', 'interrupted\n']);
  });

  it('has help for itself and for each command, and a line in the page', async () => {
    const [code, help] = await ended(['--help'], works);
    const page = readFileSync(join(__dirname, '../../../../docs/command-line.md'), 'utf8');
    expect(code).toBe(0);
    for (const [name, { summary, help: own }] of Object.entries(COMMANDS)) {
      expect(help).toContain(`  ${name} `);
      expect(help).toContain(summary);
      expect(await ended([name, '--help'], works)).toEqual([0, own, '']);
      expect(own.startsWith(`relaypoint-admin ${name}`)).toBe(true);
      expect(page).toContain(`| \`${name}\``);
    }
  });
});
