import { rmSync, statfsSync, writeFileSync } from 'node:fs';
import { StateFolder } from './state.ts';
import { say } from './terminal.ts';

/** RabbitMQ takes no messages below 50 MB; database and logs need some beside that. */
const ROOM_WANTED = 300e6;

/**
 * The state folder, when it can be worked with: it can be written to, and there is room. Otherwise says in a sentence what
 * is wrong and what to do, and ends the program.
 */
export function openStateFolder(path: string): StateFolder {
  try {
    const state = new StateFolder(path);
    const probe = state.in('.writable');
    writeFileSync(probe, 'x');
    rmSync(probe);
    const { bavail, bsize } = statfsSync(state.path);
    const room = bavail * bsize;
    if (room < ROOM_WANTED) {
      throw new Error(
        `Only ${(room / 1e6).toFixed(0)} MB are free at ${state.path}, and RabbitMQ stops below 50 MB: make room ` +
          'there (300 MB), or set RELAYPOINT_STATE to a folder on another disk.',
      );
    }
    return state;
  } catch (error) {
    // what mkdir says below a folder that cannot be written to
    const isMissing = (error as { code?: unknown }).code === 'ENOENT';
    say(inOneSentence(isMissing ? { code: 'EACCES' } : error, path));
    process.exit(1);
  }
}

/** The common faults of a machine in one sentence with what to do; anything else in its own words. */
export function inOneSentence(error: unknown, folder: string): string {
  const { code } = error as { code?: unknown };
  switch (code) {
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `${folder} cannot be written to by this user: set RELAYPOINT_STATE to a folder of yours.`;
    case 'ENOSPC':
    case 'EDQUOT':
      return `The disk is full at ${folder}: make room there, or set RELAYPOINT_STATE to a folder on another disk.`;
    case 'ENOTDIR':
    case 'EEXIST':
      return `${folder} is not a folder: set RELAYPOINT_STATE to one.`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
