import { getConnectionToken } from '@nestjs/mongoose';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Connection } from 'mongoose';
import { Publisher } from '#messaging';
import { TimelineRepository } from '#persistence';
import { ShortLife } from '../../../tools/testing/short-life.js';
import { ClaimService } from '../src/engine/claim/claim.service.js';
import { DeadlineSweeper } from '../src/engine/deadlines/deadline-sweeper.js';
import { Reconciler } from '../src/engine/deadlines/reconciler.js';
import { StatusReportProcessor } from '../src/engine/intake/status-report-processor.js';
import { WireOrdersService } from '../src/engine/claim/wire-orders.service.js';

/** One of two servers on one database and one broker. */
export interface Engine {
  app: NestFastifyApplication;
  life: ShortLife;
  claims: ClaimService;
  sweeper: DeadlineSweeper;
  reconciler: Reconciler;
  processor: StatusReportProcessor;
  wire: WireOrdersService;
}

/** What a server has in memory is gone when it starts again. */
export function forget({ app }: Engine): void {
  const added: unknown = Reflect.get(app.get(TimelineRepository), 'added');
  if (added instanceof Set) added.clear();
}

export function engineOf(app: NestFastifyApplication): Engine {
  return {
    app,
    life: new ShortLife(app.get<Connection>(getConnectionToken(), { strict: false }), app.get(Publisher)),
    claims: app.get(ClaimService, { strict: false }),
    sweeper: app.get(DeadlineSweeper, { strict: false }),
    reconciler: app.get(Reconciler, { strict: false }),
    processor: app.get(StatusReportProcessor, { strict: false }),
    wire: app.get(WireOrdersService, { strict: false }),
  };
}
