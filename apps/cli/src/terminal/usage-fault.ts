/** How a command line is to be used was not understood. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault';
}
