import type { Channel, GetMessage } from 'amqplib';
import type { Ticket } from '#contract';

/** What a gateway has taken off a DP's queue and not acked yet. */
export interface Taken {
  dp: string;
  tickets: Ticket[];
  messages: GetMessage[];
}

export const queueOf = (dp: string): string => `dp.${dp}.orders`;

/** Everything that lies on a DP's queue. */
export async function takeTickets(channel: Channel, dp: string): Promise<Taken> {
  const messages: GetMessage[] = [];
  for (;;) {
    const message = await channel.get(queueOf(dp));
    if (!message) break;
    messages.push(message);
  }
  return { dp, messages, tickets: messages.map(({ content }) => JSON.parse(content.toString()) as Ticket) };
}

/** A gateway that has no answer gives its tickets back. */
export function settleTickets(channel: Channel, { messages }: Taken, isAnswered: boolean): void {
  for (const message of messages) {
    if (isAnswered) channel.ack(message);
    else channel.nack(message, false, true);
  }
}
