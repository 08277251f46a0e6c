import { TransientError } from '#runtime';

/** The broker is away, blocked, or did not confirm in time. */
export class BrokerUnavailable extends TransientError {
  override readonly name = 'BrokerUnavailable';
}

/** No queue took a message: it does not exist (any more), or refuses. Nothing was stored. */
export class Unroutable extends Error {
  override readonly name = 'Unroutable';

  constructor(readonly queue: string) {
    super(`no queue takes messages for ${queue}`);
  }
}

/**
 * A queue exists with other arguments than the program was made for. It concerns this queue alone: the connection and
 * everything else on it go on, and the same again succeeds once somebody has set the queue right.
 */
export class TopologyMismatch extends Error {
  override readonly name = 'TopologyMismatch';

  /** What differs: a setting, or what the broker says. */
  readonly reason: string;

  constructor(
    readonly queue: string,
    brokerText: string,
  ) {
    const reason = wantedType(brokerText) ?? brokerText;
    super(
      `queue ${queue} exists with other arguments (${reason}). Stop all programs, move its messages away with a shovel ` +
        'or let the queue run empty, delete it, and start again; order queues are filled again from the database.',
    );
    this.reason = reason;
  }
}

/** The broker does not let a queue be declared, counted or removed: no permission, a limit, its node is down. */
export class QueueRefused extends Error {
  override readonly name = 'QueueRefused';

  constructor(
    readonly queue: string,
    /** As the broker says it. */
    readonly reason: string,
  ) {
    super(`the broker refuses queue ${queue}: ${reason}`);
  }

  /** There is no such queue. */
  get isMissing(): boolean {
    return this.reason.startsWith('NOT_FOUND');
  }
}

/** What an error says that came of one queue. It carries a reply code (AMQP 0-9-1 §1.1); others are about the connection. */
export function queueFault(queue: string, error: unknown): Error {
  if (!(error instanceof Error)) return brokerFault(error);
  if (typeof (error as { code?: unknown }).code !== 'number') return brokerFault(error);
  const text = / with message "(.*)"$/s.exec(error.message)?.[1] ?? error.message;
  return text.includes('inequivalent arg')
    ? new TopologyMismatch(queue, text)
    : new QueueRefused(queue, text);
}

/** The difference that comes of a setting. */
function wantedType(text: string): string | null {
  const [, wanted, present] =
    /'x-queue-type'.* received (?:the value )?'(\w+)'.* current is (?:the value )?'?(\w+)/.exec(text) ?? [];
  if (!wanted) return null;
  return `its type is ${present === 'none' ? 'classic' : present}, and ORDER_QUEUE_TYPE or EVENT_QUEUE_TYPE wants ${wanted}`;
}

/**
 * What an error of amqplib's means here: whatever ends a channel or a connection under a call is the broker being away.
 * Errors of this library and faults of a program (TypeError) stay what they are.
 */
export function brokerFault(error: unknown): Error {
  const ours = [BrokerUnavailable, Unroutable, TopologyMismatch, QueueRefused, TypeError];
  if (error instanceof Error && ours.some((kind) => error instanceof kind)) return error;
  return new BrokerUnavailable(error instanceof Error ? error.message : String(error));
}
