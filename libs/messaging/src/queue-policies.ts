import type { OnApplicationBootstrap } from '@nestjs/common';
import { EnvironmentFault } from '#runtime';
import type { ConnectionLog } from './broker-connection.js';
import { askForQueues, askForVersion, type ManagementAccess } from './management.js';

/** A queue as the management API tells of it. */
export interface ToldQueue {
  name?: unknown;
  type?: unknown;
  policy?: unknown;
  operator_policy?: unknown;
  effective_policy_definition?: unknown;
}

/** Queues of ours (topology.ts), but for those of changes: they live as long as a connection, and what is missed is asked for anew. */
const OURS = /^(?:relaypoint\.(?!changes\.)|dp\..+\.orders$)/;
/** Calls are given up after seconds anyway, and what is to be tried again lives for so long by itself. */
const SHORT_LIVED = /^relaypoint\.(?:rpc\.|.*\.retry\.)/;
/** Quorum queues that give up a message only once the next queue has it; for that they must not drop what is too much. */
const SAFE = /^relaypoint\.(?:status|imports)(?:\.retry\..+)?$/;
/** A policy's limit counts where it is below the queue's own; tickets are given back any number of times. */
const FEWEST_DELIVERIES = 1_000;

/**
 * What policies do to our queues that loses messages. Of a limit the lower one counts, an argument's or a policy's
 * (rabbitmq.com/docs/parameters, "Combining Policy Definitions", and "Operator Policies"). Of what else we give as an argument,
 * a quorum queue takes `overflow` from the policy: any other than ours, and dead-lettering is not safe any more.
 *
 * @param version the broker's; null: unknown
 * @returns a sentence for each, with what to do
 */
export function policyFaults(queues: readonly ToldQueue[], vhost: string, version: string | null): string[] {
  return queues.flatMap((queue) => {
    const { name, policy, operator_policy: operator, effective_policy_definition: told } = queue;
    if (typeof name !== 'string' || !OURS.test(name) || typeof told !== 'object' || told === null) return [];
    const harms = harmsOf(name, queue.type === 'quorum', told as Record<string, unknown>, version);
    if (harms.length === 0) return [];
    const names = [policy, operator].filter((one) => typeof one === 'string' && one !== '').join('" and "');
    return [
      `the policy "${names}" gives the queue ${name} ${harms.join(', ')}, by which messages are lost: ` +
        `let its pattern leave out relaypoint.* and dp.*.orders (rabbitmqctl list_policies -p '${vhost}')`,
    ];
  });
}

function harmsOf(
  name: string,
  isQuorum: boolean,
  told: Record<string, unknown>,
  version: string | null,
): string[] {
  const { overflow } = told;
  const isRejecting = typeof overflow === 'string' && overflow.startsWith('reject-publish');
  const harmful = Object.entries(told).filter(([key, value]) => {
    if (key === 'expires') return true;
    if (key === 'message-ttl') return !SHORT_LIVED.test(name);
    if (key === 'delivery-limit') return isTooFew(Number(value), version);
    if (key === 'overflow') return isQuorum && SAFE.test(name) && !isRejecting;
    if (key !== 'max-length' && key !== 'max-length-bytes') return false;
    // by default the oldest message is dropped
    return !isRejecting;
  });
  return harmful.map(([key, value]) => `${key} ${String(value)}`);
}

/** Below 0: none from RabbitMQ 4 on, which recommends it, while RabbitMQ 3 gives up at the first return. */
function isTooFew(limit: number, version: string | null): boolean {
  return limit < 0 ? version?.startsWith('3.') === true : limit < FEWEST_DELIVERIES;
}

/** Looks once, at the start, at what policies have made of the queues that are there. */
export class QueuePolicies implements OnApplicationBootstrap {
  constructor(
    private readonly management: ManagementAccess | null,
    private readonly log: ConnectionLog,
  ) {}

  /** @throws EnvironmentFault naming every policy that loses messages */
  async onApplicationBootstrap(): Promise<void> {
    if (!this.management) return;
    const columns = '?columns=name,type,policy,operator_policy,effective_policy_definition';
    const told = await askForQueues(this.management, columns);
    if (!Array.isArray(told)) {
      this.log.warn('AMQP_MANAGEMENT_URL does not answer: what policies do to the queues is not looked at');
      return;
    }
    const version = await askForVersion(this.management);
    const faults = policyFaults(told as ToldQueue[], this.management.vhost, version);
    if (faults.length > 0) throw new EnvironmentFault(`environment: ${faults.join('; ')}`);
  }
}
