import type { RabbitmqNode } from '../peers/rabbitmq-node.js';

/**
 * Lets a queue hang, classic or quorum: it takes what comes and does nothing, as a quorum queue without a majority of its
 * nodes. Its process is suspended in the broker.
 */
export async function hangingQueue(
  node: RabbitmqNode,
  vhost: string,
  queue: string,
): Promise<{ goOn: () => Promise<void> }> {
  const process = `{ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"${vhost}">>, queue, <<"${queue}">>)), P = amqqueue:get_pid(Q)`;
  await node.ctl('eval', `${process}, sys:suspend(P).`);
  return {
    goOn: async () => {
      await node.ctl('eval', `${process}, sys:resume(P).`);
    },
  };
}
