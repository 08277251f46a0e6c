import { Injectable, Logger } from '@nestjs/common';
import type { ImportCommand, ImportCommandName } from '#contract';
import type { ImportRun } from '#domain';
import { EventSender, QUEUES } from '#messaging';
import { newId } from '#runtime';
import { ChangeFeed } from '../../platform/events/change-feed.js';

/**
 * Commands to the importers. One that gets lost is made up for by the importers, who look for runs that nobody works on.
 */
@Injectable()
export class ImportCommands {
  private readonly log = new Logger(ImportCommands.name);

  constructor(
    private readonly commands: EventSender,
    private readonly feed: ChangeFeed,
  ) {}

  /** Tells them to look at a run, and everybody that it has changed. @param by who asked for it */
  async send(name: ImportCommandName, run: ImportRun, by: string): Promise<void> {
    this.feed.changed('import', run.id, run.tenant);
    const command: ImportCommand = { v: 1, run: run.id, requestedBy: by.slice(0, 255), correlation: newId() };
    try {
      await this.commands.send(QUEUES.imports, name, command, {
        messageId: `${name}:${run.id}:${run.revision}`,
        correlationId: command.correlation,
      });
    } catch (error) {
      this.log.warn(
        { err: error, run: run.id },
        `${name} was not sent; an importer will find the run by itself`,
      );
    }
  }
}
