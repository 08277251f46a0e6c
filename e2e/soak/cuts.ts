import type { Stack } from '../support/stack.js';

/** One thing that can be cut: gone at once, and back a while later. */
export interface Cut {
  name: string;
  kill: () => Promise<void>;
  restore: () => Promise<void>;
}

/** Everything an installation consists of, as a power cut or the kernel's memory killer would end it. */
export function cutsOf(stack: Stack): readonly Cut[] {
  const { importer } = stack;
  return [
    { name: 'gateway', kill: () => stack.killGateway(), restore: () => stack.restartGateway() },
    { name: 'server', kill: () => stack.killServer(), restore: () => stack.restartServer() },
    {
      name: 'importer',
      kill: async () => importer?.kill(),
      restore: () => Promise.resolve(importer?.start()),
    },
    { name: 'broker', kill: () => stack.killBroker(), restore: () => stack.restartBroker() },
    { name: 'database', kill: () => stack.killDatabase(), restore: () => stack.restartDatabase() },
  ];
}

/** Programs that should run and do not: ended by themselves, which no fault around them may do. */
export function endedByThemselves(stack: Stack): string[] {
  return stack
    .programs()
    .filter((program) => !program.isRunning)
    .map(
      (program) =>
        `${program.name} ended by itself: ${program.log().trimEnd().split('\n').slice(-3).join(' | ')}`,
    );
}
