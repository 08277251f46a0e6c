import { EventPattern } from '@nestjs/microservices';
import { reportMessage, type ReportMessage } from '#contract';
import { Content, QueueController, QUEUES } from '#messaging';
import { StatusReportProcessor } from './status-report-processor.js';

/** Reports in hand at once; the processor applies those that arrive together in one write. */
const REPORTS_PREFETCH = 400;

/** What DPs report, confirmed into the status queue by gateways. */
@QueueController()
export class StatusConsumer {
  constructor(private readonly processor: StatusReportProcessor) {}

  @EventPattern('report', { queue: QUEUES.status, prefetch: REPORTS_PREFETCH })
  report(@Content(reportMessage) message: ReportMessage): Promise<void> {
    return this.processor.apply(message);
  }
}
