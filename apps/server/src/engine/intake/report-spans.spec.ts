import type { Report, ReportMessage } from '#contract';
import type { InstallOrder } from '#domain';
import { useSpanSink } from '#runtime';
import { runningOrder } from '../../../../../libs/domain/testing/sample-orders.js';
import { recordReports } from './report-spans.js';

const TRACE = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01`;
const at = (second: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

describe('the spans of reports', () => {
  let told: string[];

  beforeEach(() => {
    told = [];
    useSpanSink({
      open: (name, { start }) => ({
        trace: TRACE,
        set: () => undefined,
        run: (work) => work(),
        end: (failure, end) => {
          const times = start && end ? ` ${start.getUTCSeconds()}-${end.getUTCSeconds()}` : '';
          told.push(`${name}${times}${failure === undefined ? '' : ` ${failure}`}`);
        },
      }),
      active: () => undefined,
      untraced: (work) => work(),
      close: () => Promise.resolve(),
    });
  });
  afterEach(() => useSpanSink(undefined));

  const running = { ...runningOrder(), trace: TRACE };
  const report = (second: number, fields: Partial<Report>): { message: ReportMessage; from: undefined } => ({
    from: undefined,
    message: {
      v: 1,
      dp: running.dp,
      receivedAt: at(second),
      correlation: 'c',
      report: {
        report: `r${second}`,
        order: running.id,
        fence: running.fence,
        attempt: running.round,
        seq: second,
        at: at(second),
        state: 'progress',
        ...fields,
      },
    },
  });
  const lastly = (phase: 'install', second: number): InstallOrder['lastReport'] => ({
    fence: running.fence,
    seq: 1,
    at: new Date(at(second)),
    phase,
    percent: null,
  });

  it('are one for each report, and one for each phase from its report to the next', () => {
    recordReports({ ...running, lastReport: null }, [
      report(1, { state: 'accepted' }),
      report(2, { phase: 'reach' }),
      report(4, { phase: 'install' }),
      report(9, { state: 'failed', phase: 'install', failure: { code: 'NOT_ADMIN' } }),
    ]);
    expect(told).toEqual([
      'report accepted',
      'report progress',
      'phase reach 2-4',
      'report progress',
      'phase install 4-9 NOT_ADMIN',
      'report failed NOT_ADMIN',
    ]);
  });

  it('go on where earlier reports have ended', () => {
    recordReports({ ...running, lastReport: lastly('install', 3) }, [report(8, { state: 'succeeded' })]);
    expect(told).toEqual(['phase install 3-8', 'report succeeded']);
  });

  it('are told of an order that its client has ended by registering before the DP had its say', () => {
    const ended = { ...running, state: 'succeeded' as const, lastReport: lastly('install', 3) };
    recordReports(ended, [report(5, { phase: 'register' }), report(8, { state: 'succeeded' })]);
    expect(told).toEqual(['report progress', 'phase install 3-8', 'report succeeded']);
  });

  it('are none of another hand-over, nor of an order without a trace', () => {
    recordReports({ ...running, fence: running.fence + 1, lastReport: null }, [
      report(1, { phase: 'reach' }),
    ]);
    recordReports({ ...runningOrder(), lastReport: null }, [report(1, { phase: 'reach' })]);
    expect(told).toEqual([]);
  });
});
