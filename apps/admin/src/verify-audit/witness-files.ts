import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readCheckpoint, type Witness } from '#sealing';
import { CommandFault } from '../program/faults.js';

/**
 * Checkpoints out of files with one JSON object a line.
 *
 * @throws CommandFault naming each file that cannot be read, and each line that is none
 */
export async function readWitnesses(files: readonly string[]): Promise<Witness[]> {
  const faults: string[] = [];
  const witnesses: Witness[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      faults.push(`${file}: ${error instanceof Error ? error.message : String(error)}`);
      return '';
    });
    for (const [index, line] of text.split('\n').entries()) {
      if (line.trim() === '') continue;
      const checkpoint = parsed(line);
      if (readCheckpoint(checkpoint)) witnesses.push({ source: basename(file), checkpoint });
      else faults.push(`${file}, line ${index + 1}: no checkpoint`);
    }
  }
  if (faults.length > 0) throw new CommandFault(`--witness: ${faults.join('; ')}`);
  return witnesses;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
