import { join } from 'node:path';
import { readPrivateFile } from '#sealing';
import { z } from 'zod';
import type { AgentStatus } from '../agent.js';
import { readEnrolment } from '../config/identity.js';

const stored: z.ZodType<AgentStatus> = z.object({
  pid: z.int(),
  version: z.string(),
  lastPoll: z.string(),
  status: z.string(),
  running: z.array(z.object({ order: z.string(), fence: z.int() })),
  unsentReports: z.int(),
});

/** Prints what is known of this DP, as `name: value` lines; false when it has not joined. */
export async function status(state: string, print: (line: string) => void): Promise<boolean> {
  const enrolment = await readEnrolment(state);
  if (!enrolment) {
    print(`not joined (${state})`);
    return false;
  }
  print(`dp: ${enrolment.dp}`);
  print(`gateway: ${enrolment.gateway}`);
  print(`key fingerprint: ${enrolment.keyFingerprint}`);
  const bytes = await readPrivateFile(join(state, 'status.json'));
  const seen = bytes ? stored.safeParse(JSON.parse(bytes.toString())) : null;
  if (!seen?.success) {
    print('last poll: never');
    return true;
  }
  const { pid, lastPoll, running, unsentReports } = seen.data;
  print(`agent: ${isAlive(pid) ? `running (pid ${pid})` : 'not running'}`);
  print(`last poll: ${lastPoll}, status ${seen.data.status}`);
  print(`orders under way: ${running.map((order) => order.order).join(', ') || 'none'}`);
  print(`reports not stored by the server yet: ${unsentReports}`);
  return true;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
