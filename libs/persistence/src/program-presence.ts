import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { mongo, type Connection } from 'mongoose';
import { demandRestored, restoreUnderWay } from './restore-marker.js';
import { RunningMark } from './running-programs.js';

/** Injection token: the program's name. */
export const PROGRAM = Symbol('name of the program');

/**
 * Tells a restore that this program runs, and keeps it from running beside one. Whoever restores sets the marker first and
 * looks for programs then; a program notes itself first and looks for the marker then: one of them sees the other.
 */
@Injectable()
export class ProgramPresence implements OnModuleInit, OnApplicationShutdown {
  private readonly log = new Logger('Database');
  private mark: RunningMark | undefined;
  /** How often in a row the marker of a restore was seen. */
  private seen = 0;

  constructor(
    @InjectConnection() private readonly connection: Connection,
    @Inject(PROGRAM) private readonly program: string,
  ) {}

  async onModuleInit(): Promise<void> {
    const { db } = this.connection;
    if (!db) throw new mongo.MongoNotConnectedError('not connected to the database');
    this.mark = new RunningMark(db, this.program);
    await this.mark.begin(() => this.watch(db));
    try {
      await demandRestored(db);
    } catch (error) {
      await this.mark.end();
      throw error;
    }
  }

  async onApplicationShutdown(): Promise<void> {
    await this.mark?.end();
  }

  /**
   * A restore goes on although this program runs: it was cut off from the database for too long, and must not write now. One
   * that is seen once only has just found this program, and takes its marker away.
   */
  private async watch(db: mongo.Db): Promise<void> {
    const marker = await restoreUnderWay(db);
    this.seen = marker ? this.seen + 1 : 0;
    if (!marker || this.seen < 2) return;
    this.log.fatal(`a restore of ${marker.backup} has begun beside this program, which ends at once`);
    process.kill(process.pid, 'SIGKILL');
  }
}
