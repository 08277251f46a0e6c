import { OtlpReceiver } from '../../../../tools/testing/otlp-receiver.js';
import { OtlpSpans } from './otlp-spans.js';
import type { SamplerName } from './samplers.js';

const OWN = { traceId: 'aa'.repeat(16), spanId: '11'.repeat(8) };
const OTHER = { traceId: 'bb'.repeat(16), spanId: '22'.repeat(8) };
const text = ({ traceId, spanId }: typeof OWN, flags = '01'): string => `00-${traceId}-${spanId}-${flags}`;

describe('spans over OTLP', () => {
  let receiver: OtlpReceiver;
  const warnings: string[] = [];
  let spans: OtlpSpans;

  const begin = (name: SamplerName = 'parentbased_always_on', share = 1): void => {
    spans = new OtlpSpans(
      {
        service: 'test',
        sampler: { name, share },
        batches: { scheduledDelayMillis: 50, exportTimeoutMillis: 1_000 },
      },
      { warn: (line) => void warnings.push(line) },
    );
  };

  beforeEach(async () => {
    receiver = await OtlpReceiver.start();
    warnings.length = 0;
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = receiver.url;
  });
  afterEach(async () => {
    await spans.close();
    await receiver.stop();
    delete process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  });

  /** Where a span of these options is put, seen by the collector. */
  async function placed(options: Parameters<OtlpSpans['open']>[1]) {
    begin();
    spans.open('one', options).end();
    await spans.close();
    const [span] = receiver.spans;
    return { traceId: span?.traceId, parentId: span?.parentId, links: span?.links };
  }

  it.each([
    ['what led to it is its parent', { from: text(OWN) }, OWN, []],
    [
      'what led to it is its parent within its own trace',
      { trace: text({ ...OWN, spanId: '33'.repeat(8) }), from: text(OWN) },
      OWN,
      [],
    ],
    ['what led to it from another trace is linked to', { trace: text(OWN), from: text(OTHER) }, OWN, [OTHER]],
    ['only the trace is known', { trace: text(OWN) }, OWN, []],
    ['the trace cannot be read', { trace: 'nonsense', from: text(OWN) }, OWN, []],
  ])('%s', async (_, options, parent, links) => {
    expect(await placed(options)).toEqual({ traceId: parent.traceId, parentId: parent.spanId, links });
  });

  it('one that begins a trace is linked to what led to it, and to a whole batch', async () => {
    const { traceId, parentId, links } = await placed({
      isRoot: true,
      from: text(OWN),
      links: [text(OTHER)],
    });
    expect([OWN.traceId, OTHER.traceId]).not.toContain(traceId);
    expect({ parentId, links }).toEqual({ parentId: '', links: [OWN, OTHER] });
  });

  it('what is done within a span follows from it, and what serves many does not', async () => {
    begin();
    const outer = spans.open('outer', {});
    await outer.run(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      spans.open('inner', {}).end();
      spans.untraced(() => spans.open('apart', {}).end());
    });
    outer.end();
    expect(spans.active()).toBeUndefined();
    await spans.close();
    const parentOf = (name: string): string | undefined =>
      receiver.spans.find((span) => span.name === name)?.parentId;
    expect(outer.trace).toContain(parentOf('inner'));
    expect(parentOf('apart')).toBe('');
  });

  it('has kind, attributes, times and failure as they were given', async () => {
    begin();
    const start = new Date('2026-01-01T00:00:00Z');
    const attributes = { text: 'a', number: 7, share: 0.5, flag: true, missing: undefined };
    spans
      .open('past', { kind: 'consumer', start, attributes })
      .end('NOT_ADMIN', new Date('2026-01-01T00:01:00Z'));
    await spans.close();
    expect(receiver.spans).toMatchObject([
      {
        service: 'test',
        kind: 'consumer',
        start: BigInt(start.getTime()) * 1_000_000n,
        end: BigInt(start.getTime() + 60_000) * 1_000_000n,
        isError: true,
        attributes: { text: 'a', number: 7, share: 0.5, flag: true, 'error.type': 'NOT_ADMIN' },
      },
    ]);
  });

  it.each([
    ['always_on', 1, '00', 1],
    ['always_off', 1, '01', 0],
    ['traceidratio', 0, '01', 0],
    ['parentbased_always_on', 1, '00', 0],
    ['parentbased_always_off', 1, '01', 1],
    ['parentbased_traceidratio', 0, '01', 1],
  ] as const)('are sampled by %s %d: parent %s', async (name, share, flags, count) => {
    begin(name, share);
    const span = spans.open('one', { from: text(OWN, flags) });
    span.end();
    await spans.close();
    expect(receiver.spans).toHaveLength(count);
    // whoever goes on from here decides the same
    expect(span.trace.endsWith(count === 1 ? '01' : '00')).toBe(true);
  });

  it('that a collector does not take are said to be lost, without holding anything up', async () => {
    await receiver.stop();
    process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '300';
    begin();
    spans.open('one', {}).end();
    await spans.close();
    expect(warnings).toEqual([expect.stringMatching(/^spans are lost: .*ECONNREFUSED/)]);
    delete process.env['OTEL_EXPORTER_OTLP_TIMEOUT'];
    receiver = await OtlpReceiver.start();
  });
});
