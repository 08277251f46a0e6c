import { EXIT } from '../program/command.js';
import { CommandFault } from '../program/faults.js';

/** What was read is no backup, not all of one, or not what was written. */
export class DamagedArchive extends CommandFault {
  override readonly name = 'DamagedArchive';
  override readonly exitCode = EXIT.damaged;
}
