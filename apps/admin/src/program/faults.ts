import { EXIT } from './command.js';

/** How a command line is to be used was not understood. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}

/** A command could not do what it was asked for; its message says why, and what to do. */
export class CommandFault extends Error {
  override readonly name: string = 'CommandFault';
  readonly exitCode: number = EXIT.failed;
}

/** Nothing was done, because something or somebody is in the way. */
export class Refusal extends CommandFault {
  override readonly name = 'Refusal';
  override readonly exitCode = EXIT.refused;
}
