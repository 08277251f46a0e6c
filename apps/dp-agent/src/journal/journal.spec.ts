import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report, WireOrder } from '#contract';
import { orderFor } from '../../testing/agent.js';
import { TestGateway } from '../../testing/gateway.js';
import { BrokenJournal, JournalFile } from './journal-file.js';
import { Journal } from './journal.js';

let folder: string;
let path: string;
let order: WireOrder;
const gateway = new TestGateway();
const now = new Date('2026-03-01T12:00:00Z');
const at = now.toISOString();

beforeAll(() => gateway.start());
afterAll(() => gateway.stop());
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'journal-'));
  path = join(folder, 'journal');
  order = orderFor(gateway);
});
afterEach(() => rm(folder, { recursive: true }));

const open = (when = now) => Journal.open(path, when);
function report(seq: number, state: Report['state'], changes: Partial<Report> = {}): Report {
  return {
    report: `r-${order.order}-${seq}`,
    order: order.order,
    fence: 1,
    attempt: 1,
    seq,
    at,
    state,
    ...changes,
  };
}
async function reopened(journal: Journal, when = now): Promise<Journal> {
  await journal.close();
  return open(when);
}

describe('the journal', () => {
  it('knows after a restart what was taken, begun and said', async () => {
    let journal = await open();
    await journal.write({ entry: 'order', order, at });
    await journal.write({ entry: 'report', report: report(1, 'accepted') });
    await journal.write({ entry: 'begun', order: order.order, attempt: 1, at });
    for (let n = 0; n < 2; n++) {
      journal = await reopened(journal);
      expect(journal.unfinished()).toMatchObject([
        { id: order.order, attempt: 1, fence: 1, seq: 1, begun: true, order },
      ]);
      expect(journal.unsentReports()).toEqual([report(1, 'accepted')]);
    }
    await journal.close();
  });

  it('keeps the outcome of an order, without its secrets, and the number of its last report', async () => {
    let journal = await open();
    await journal.write({ entry: 'order', order, at });
    await journal.write({ entry: 'report', report: report(1, 'succeeded', { result: 'OK' }) });
    await journal.write({ entry: 'sent', reports: [report(1, 'succeeded').report] });
    journal = await reopened(journal);
    expect(journal.unfinished()).toEqual([]);
    expect(journal.unsentReports()).toEqual([]);
    expect(journal.record(order.order)).toMatchObject({
      seq: 1,
      order: null,
      outcome: { state: 'succeeded', result: 'OK' },
    });
    expect(await readFile(path, 'utf8')).not.toContain(order.registration?.token);
    // a further attempt goes on counting
    await journal.write({ entry: 'order', order: { ...order, attempt: 2, fence: 2 }, at });
    expect(journal.record(order.order)).toMatchObject({ attempt: 2, fence: 2, seq: 1, outcome: null });
    await journal.close();
  });

  it('forgets ended orders after a month, never open ones or unsent reports', async () => {
    let journal = await open();
    await journal.write({ entry: 'order', order, at });
    await journal.write({ entry: 'report', report: report(1, 'failed') });
    const other = orderFor(gateway);
    await journal.write({ entry: 'order', order: other, at });
    const later = new Date(now.getTime() + 31 * 86_400_000);
    journal = await reopened(journal, later);
    expect(journal.record(order.order)).toBeUndefined();
    expect(journal.unsentReports()).toHaveLength(1);
    expect(journal.unfinished().map(({ id }) => id)).toEqual([other.order]);
    await journal.close();
  });

  it('gives up an order whose lease was lost, and takes it again with a new fence', async () => {
    let journal = await open();
    await journal.write(
      { entry: 'order', order, at },
      { entry: 'begun', order: order.order, attempt: 1, at },
    );
    await journal.write({ entry: 'lost', order: order.order, attempt: 1, at });
    expect(journal.unfinished()).toEqual([]);
    await journal.write({ entry: 'fence', order: order.order, attempt: 1, fence: 2, at });
    journal = await reopened(journal);
    expect(journal.unfinished()).toMatchObject([{ fence: 2, begun: true }]);
    await journal.close();
  });

  it('knows of an order that was lost and comes again whether it was begun, written anew or not', async () => {
    for (const isCompact of [false, true]) {
      let journal = await open();
      const key = { order: order.order, attempt: 1, at };
      await journal.write(
        { entry: 'order', order, at },
        { entry: 'begun', ...key },
        { entry: 'lost', ...key },
      );
      if (isCompact) journal = await reopened(journal);
      await journal.write({ entry: 'order', order: { ...order, fence: 2 }, at });
      expect([isCompact, journal.record(order.order)?.begun]).toEqual([isCompact, true]);
      await journal.write({ entry: 'order', order: { ...order, attempt: 2 }, at });
      expect(journal.record(order.order)?.begun).toBe(false);
      await journal.close();
      await rm(path, { force: true });
    }
  });

  it('takes no word of an earlier attempt for the present one', async () => {
    const journal = await open();
    await journal.write({ entry: 'order', order: { ...order, attempt: 2 }, at });
    await journal.write(
      { entry: 'report', report: report(9, 'failed') },
      { entry: 'begun', order: order.order, attempt: 1, at },
    );
    expect(journal.record(order.order)).toMatchObject({ attempt: 2, begun: false, outcome: null });
    await journal.close();
  });

  it('is its owner’s alone', async () => {
    const journal = await open();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await journal.close();
  });

  it('cuts off a last line that was never finished, at every possible place', async () => {
    const journal = await open();
    await journal.write({ entry: 'order', order, at });
    await journal.write({ entry: 'begun', order: order.order, attempt: 1, at });
    await journal.close();
    const whole = await readFile(path);
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let cut = lastLine; cut < whole.length; cut += 7) {
      await writeFile(path, whole.subarray(0, cut));
      const torn = await open();
      expect(torn.unfinished()).toMatchObject([{ id: order.order, begun: false }]);
      await torn.close();
    }
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(4096)]));
    const zeros = await open();
    expect(zeros.unfinished()).toMatchObject([{ begun: true }]);
    await zeros.close();
  });

  it.each([
    ['a changed letter', (text: string) => text.replace('install-client', 'Install-client')],
    ['a lost line feed', (text: string) => text.replace('\n', '')],
    ['a line of something else', (text: string) => text.replace('\n', '\nhello\n')],
    ['zeros in the middle', (text: string) => text.replace('\n', `\n${'\0'.repeat(100)}`)],
  ])('stops with a clear message at %s', async (_, damage) => {
    const journal = await open();
    await journal.write({ entry: 'order', order, at });
    await journal.write({ entry: 'begun', order: order.order, attempt: 1, at });
    await journal.close();
    await writeFile(path, damage(await readFile(path, 'utf8')));
    const failure = await open().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(BrokenJournal);
    expect((failure as Error).message).toMatch(/journal, line \d: its checksum does not fit/);
  });

  it('stops at an entry that it does not know, even with a sound checksum', async () => {
    const { file } = await JournalFile.open(path);
    await file.append([{ entry: 'from-a-newer-version' }]);
    await file.close();
    await expect(open()).rejects.toThrow(/line 1: unknown entry/);
  });

  it('stores what is written at once in order, and is whole after a refused write', async () => {
    const { file } = await JournalFile.open(path);
    await Promise.all(Array.from({ length: 200 }, (_, n) => file.append([{ n }])));
    await file.close();
    const again = await JournalFile.open(path);
    expect(again.entries).toEqual(Array.from({ length: 200 }, (_, n) => ({ n })));
    await again.file.close();
    await expect(again.file.append([{ n: 'late' }])).rejects.toThrow('closed');
    await appendFile(path, 'torn');
    const last = await JournalFile.open(path);
    expect(last.entries).toHaveLength(200);
    await last.file.close();
  });
});
