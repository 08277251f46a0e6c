/** The broker is away, blocked, or did not confirm in time. A passing fault: the same again later may succeed. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable';
}

/** No queue took a message: it does not exist (any more), or refuses. Nothing was stored. */
export class Unroutable extends Error {
  override readonly name = 'Unroutable';

  constructor(readonly queue: string) {
    super(`no queue takes messages for ${queue}`);
  }
}

/** A queue exists with other arguments than the program was made for. */
export class TopologyMismatch extends Error {
  override readonly name = 'TopologyMismatch';

  constructor(
    readonly queue: string,
    cause: string,
  ) {
    super(
      `queue ${queue} exists with other arguments (${cause}). Stop all programs, move its messages away with a shovel ` +
        'or let the queue run empty, delete it, and start again; order queues are filled again from the database.',
    );
  }
}
