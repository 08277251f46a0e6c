import type { ReportMessage } from '#contract';
import { isFailureCode, type FailureCode, type NativeSign, type ReportFacts } from '#domain';

/** How far ahead of the server's clock a DP's time may be before it is replaced by the time of receipt. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** A report of the wire as the order machine takes it. A code that is not in the list becomes UNKNOWN and keeps its text. */
export function reportFacts(message: ReportMessage): ReportFacts {
  const { report } = message;
  const receivedAt = new Date(message.receivedAt);
  const said = new Date(report.at);
  return {
    fence: report.fence,
    round: report.attempt,
    seq: report.seq,
    at: said.getTime() > receivedAt.getTime() + CLOCK_SKEW_MS ? receivedAt : said,
    state: report.state,
    phase: report.phase ?? null,
    percent: report.percent ?? null,
    result: report.result ?? null,
    failure: report.failure ? knownFailure(report.failure) : null,
  };
}

function knownFailure(failure: NonNullable<ReportMessage['report']['failure']>): {
  code: FailureCode;
  native: NativeSign | null;
} {
  const native = failure.native ?? null;
  // DPs say it as a fault of their own, also those that do not know the code
  if (native?.system === 'dp' && native.code === 'ORDER_REFUSED')
    return { code: 'ORDER_NOT_TRUSTED', native };
  if (isFailureCode(failure.code)) return { code: failure.code, native };
  return { code: 'UNKNOWN', native: native ?? { system: 'dp', code: failure.code, text: failure.code } };
}
