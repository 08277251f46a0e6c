import { eventually } from '../../../tools/testing/eventually.js';
import type { TestAgent } from './agent.js';
import type { TestGateway } from './gateway.js';

/**
 * Waits until the agent works on nothing. It cleans up after an order has ended, and logs in anew for that when the computer was
 * taken from under it: in the middle of what comes next, with the password of before.
 */
export async function idle(agent: TestAgent, gateway: TestGateway): Promise<void> {
  const known = gateway.polls.length;
  await eventually(
    () => {
      gateway.nudge();
      if (!gateway.polls.slice(known).some(({ running }) => running.length === 0))
        throw new Error(`the agent works on something\n${agent.output.slice(-5_000)}`);
    },
    { timeoutMs: 90_000 },
  );
}
