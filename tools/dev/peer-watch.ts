import { setTimeout as sleep } from 'node:timers/promises';
import type { Peer } from '../peers/choices.ts';
import { RestartPauses } from './app-process.ts';
import { say } from './terminal.ts';

/** Looks every half second whether the peer's process still runs, and starts it again when it died, until `signal`. */
export async function keepRunning(
  peer: Peer,
  signal: AbortSignal,
  onStart: (pid: number | null) => void,
): Promise<void> {
  if (peer.restart === undefined) return; // not a process of ours
  const pauses = new RestartPauses();
  let began = Date.now();
  while (!signal.aborted) {
    await sleep(500, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || peer.pid !== null) continue;
    const seconds = pauses.next(Date.now() - began);
    say(`${peer.peer} ended; it is started again in ${seconds} s`);
    onStart(null);
    await sleep(seconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    began = Date.now();
    try {
      await peer.restart();
      say(`${peer.peer} runs again`);
    } catch (error) {
      say(`${peer.peer} could not be started: ${error instanceof Error ? error.message : String(error)}`);
    }
    onStart(peer.pid);
  }
}
