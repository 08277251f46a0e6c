import { existsSync, rmSync, writeFileSync } from 'node:fs';
import type { AdminApi } from './admin-api.ts';
import { nothingIsThere, playDemo } from './demo.ts';
import type { StateFolder } from './state.ts';
import { say } from './terminal.ts';

/** What of the state folder tells how far the demo has come. */
const DEMO_MARKS = ['demo-begun', 'demo-played', 'demo-computers'];

/** Makes the next demo begin anew. */
export function forgetDemo(state: StateFolder): void {
  for (const name of DEMO_MARKS) rmSync(state.in(name), { recursive: true, force: true });
}

/** Plays the demo on an empty database, goes on with an interrupted one, or only starts its agent again. */
export async function goOnWithDemo(options: {
  readonly api: AdminApi;
  /** The project's folder. */
  readonly root: string;
  readonly state: StateFolder;
  /** A new demo is not begun. */
  readonly without: boolean;
  readonly signal: AbortSignal;
  readonly runAgent: (folder: string) => Promise<void>;
}): Promise<boolean> {
  const { api, root, state, without, signal, runAgent } = options;
  const agentState = state.in('demo-dp');
  const played = state.in('demo-played');
  const startAgent = (): Promise<void> => runAgent(agentState);
  if (existsSync(played)) {
    if (existsSync(agentState)) await startAgent();
    return true;
  }
  const interrupted = existsSync(state.in('demo-begun'));
  if (without || (!interrupted && !(await nothingIsThere(api)))) return false;
  say(interrupted ? 'the demo goes on' : 'the database is empty: here is the demo');
  writeFileSync(state.in('demo-begun'), '');
  try {
    await playDemo({ api, root, agentState, computers: state.in('demo-computers'), say, startAgent });
    writeFileSync(played, '');
    return true;
  } catch (error) {
    if (!signal.aborted)
      say(`the demo did not come to its end: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
