import { Injectable, Logger } from '@nestjs/common';
import type { ReportMessage } from '#contract';
import { AuditService } from '../../platform/audit/audit.service.js';

/** Entries of one DP in one minute; what comes beyond is in the log only, or a DP could fill the audit. */
const MOST_IN_A_MINUTE = 30;
const MINUTE_MS = 60_000;

/** Reports on orders that were never the DP's: dropped, and recorded as security events (security.md). */
@Injectable()
export class UnauthorizedReports {
  private readonly log = new Logger(UnauthorizedReports.name);
  private minute = 0;
  private readonly recorded = new Map<string, number>();

  constructor(private readonly audit: AuditService) {}

  /** @param known whether there is such an order at all */
  async refuse({ report, dp }: ReportMessage, known: boolean, now: Date): Promise<void> {
    const { order } = report;
    this.log.warn({ dp, order }, 'report on an order that was never handed to this DP: dropped');
    const count = this.count(dp, now);
    if (count > MOST_IN_A_MINUTE) return;
    const isLast = count === MOST_IN_A_MINUTE;
    await this.audit.record(null, 'report.foreign', `dp:${dp}`, {
      order,
      report: report.report,
      known,
      ...(isLast && { note: 'further ones of this minute are in the log only' }),
    });
  }

  private count(dp: string, now: Date): number {
    const minute = Math.floor(now.getTime() / MINUTE_MS);
    if (minute !== this.minute) this.recorded.clear();
    this.minute = minute;
    const count = (this.recorded.get(dp) ?? 0) + 1;
    this.recorded.set(dp, count);
    return count;
  }
}
