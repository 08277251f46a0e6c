import { runProgram, type Program } from './run-program.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** The exit code, and what is said on standard error. */
async function ended(program: Program): Promise<[typeof process.exitCode, string]> {
  const before = SIGNALS.map((signal) => process.listeners(signal));
  const said = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  const exitCode = process.exitCode;
  try {
    await runProgram('relaypoint', program);
    return [process.exitCode, said.mock.calls.map(([text]) => String(text)).join('')];
  } finally {
    process.exitCode = exitCode;
    said.mockRestore();
    for (const [index, signal] of SIGNALS.entries())
      for (const listener of process.listeners(signal))
        if (!before[index]?.includes(listener)) process.removeListener(signal, listener);
  }
}

/** As a signal does, which would end the tests. */
const interrupt = (): void => process.listeners('SIGINT').at(-1)?.('SIGINT');

describe('a command as a process', () => {
  it('ends with its code', async () => expect(await ended(() => Promise.resolve(3))).toEqual([3, '']));

  it('ends with 130 when it was interrupted, whatever it has come to', async () => {
    const program: Program = () => {
      interrupt();
      return Promise.resolve(0);
    };
    expect(await ended(program)).toEqual([130, '']);
  });

  it('ends with 130 when it is interrupted at a question', async () => {
    const asked = Object.assign(new Error('Aborted with Ctrl+C'), { name: 'AbortError' });
    expect(await ended(() => Promise.reject(asked))).toEqual([130, 'interrupted\n']);
  });
});
