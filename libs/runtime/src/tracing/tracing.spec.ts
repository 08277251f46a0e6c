import { parseTraceParent, traceParentIn, traceParentOf } from './trace-context.js';
import {
  activeTrace,
  inSpan,
  openSpan,
  recordSpan,
  type OpenSpan,
  type SpanOptions,
  type SpanSink,
  untraced,
  useSpanSink,
} from './tracing.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

describe('a trace context', () => {
  it('is read and written as W3C says', () => {
    const parts = parseTraceParent(TRACE);
    expect(parts).toEqual({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
    });
    expect(parts && traceParentOf(parts)).toBe(TRACE);
    expect(traceParentIn({ traceparent: TRACE })).toBe(TRACE);
  });

  it.each([
    undefined,
    7,
    '',
    'none',
    TRACE.toUpperCase(),
    TRACE.replace('00-', '01-'),
    `${TRACE}-more`,
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-0af7651916cd43dd8448eb211c80319c-${'0'.repeat(16)}-01`,
  ])('is none when it is %p', (given) => {
    expect(parseTraceParent(given)).toBeUndefined();
    expect(traceParentIn({ traceparent: given })).toBeUndefined();
  });
});

describe('without a collector', () => {
  const never = (): SpanOptions => {
    throw new Error('nobody asks for this');
  };

  it('work is done, and what a span would say is not even asked for', async () => {
    expect(await inSpan('work', never, (span) => Promise.resolve(span ?? 'done'))).toBe('done');
    await expect(inSpan('work', never, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(openSpan('work', never)).toBeUndefined();
    expect(recordSpan('work', never)).toBeUndefined();
    expect(activeTrace()).toBeUndefined();
    expect(untraced(() => 'done')).toBe('done');
  });
});

describe('with a collector', () => {
  const ended: { name: string; failure?: string | undefined; end?: Date | undefined }[] = [];
  const sink: SpanSink = {
    open: (name): OpenSpan => ({
      trace: TRACE,
      set: () => undefined,
      run: (work) => work(),
      end: (failure, end) => void ended.push({ name, failure, end }),
    }),
    active: () => TRACE,
    untraced: (work) => work(),
    close: () => Promise.resolve(),
  };
  beforeEach(() => {
    ended.length = 0;
    useSpanSink(sink);
  });
  afterEach(() => useSpanSink(undefined));

  it('a span ends when its work does, and says by the kind of error that it failed', async () => {
    await inSpan(
      'good',
      () => ({}),
      () => Promise.resolve(),
    );
    const failed = inSpan(
      'bad',
      () => ({}),
      () => Promise.reject(new RangeError('of secret 4711')),
    );
    await expect(failed).rejects.toThrow('4711');
    expect(ended).toEqual([{ name: 'good' }, { name: 'bad', failure: 'RangeError' }]);
  });

  it('what has happened is told with the times that it had', () => {
    const end = new Date('2026-01-01T00:00:05Z');
    expect(recordSpan('phase', () => ({ end, failure: 'NOT_ADMIN' }))).toBe(TRACE);
    expect(ended).toEqual([{ name: 'phase', failure: 'NOT_ADMIN', end }]);
  });
});
