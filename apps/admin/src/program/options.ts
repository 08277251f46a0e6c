import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { UsageFault } from './faults.js';

/**
 * The options of a command line. None of the commands takes anything but options.
 *
 * @throws UsageFault for an unknown one, one without its value, or a word that belongs to none
 */
export function readOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; strict: true }>>['values'] {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}
