import { EventPattern, Payload } from '@nestjs/microservices';
import { importCommand } from '#contract';
import type { ImportRunId } from '#domain';
import { QueueController, QUEUES } from '#messaging';
import { RunWorker } from './run-worker.js';

/** Commands waiting in hand; how many are worked on is decided by the worker. */
const QUEUE = { queue: QUEUES.imports, prefetch: 8 };

/** Commands on `relaypoint.imports`. Each only says which run to look at: the run's state says what to do. */
@QueueController()
export class CommandsConsumer {
  constructor(private readonly worker: RunWorker) {}

  @EventPattern('import.read', QUEUE)
  read(@Payload() command: unknown): Promise<void> {
    return this.work(command);
  }

  @EventPattern('import.commit', QUEUE)
  commit(@Payload() command: unknown): Promise<void> {
    return this.work(command);
  }

  @EventPattern('import.undo', QUEUE)
  undo(@Payload() command: unknown): Promise<void> {
    return this.work(command);
  }

  @EventPattern('import.discard', QUEUE)
  discard(@Payload() command: unknown): Promise<void> {
    return this.work(command);
  }

  private work(command: unknown): Promise<void> {
    return this.worker.work(importCommand.parse(command).run as ImportRunId);
  }
}
