import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHAIN_START, type Checkpoint, checkpointText, generateSigningKeyPair, signText } from '#sealing';
import { checkpointOf } from '../../../../libs/sealing/testing/sample-chain.js';
import { AuditWitness } from './audit-witness.js';

const pair = generateSigningKeyPair();
const MINUTE_MS = 60_000;
const TAKES = ['agent.contradiction'];

describe('a DP that keeps what the server has signed of its audit', () => {
  let folder: string;
  let file: string;
  let errors: string[];
  let now: number;

  const log = {
    info: () => undefined,
    warn: () => undefined,
    error: (message: string, facts: object = {}) => void errors.push(`${message} ${JSON.stringify(facts)}`),
  };
  const open = async (): Promise<AuditWitness> => {
    const witness = new AuditWitness(file, pair.publicKey, log, () => now);
    await witness.open();
    return witness;
  };
  /** Checkpoints behind one another, as they come: their times are texts. */
  const signed = (count: number, hash = CHAIN_START): Checkpoint[] => {
    const all: Checkpoint[] = [];
    for (let n = 1; n <= count; n += 1) all.push(checkpointOf({ sequence: n * 10, hash }, all.at(-1), pair));
    return all.map((one) => JSON.parse(JSON.stringify(one)) as Checkpoint);
  };
  const kept = async (): Promise<number[]> =>
    (await readFile(file, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as Checkpoint).number);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'witness-'));
    file = join(folder, 'audit-witness.ndjson');
    errors = [];
    now = 0;
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps each once, over a restart, and says nothing when all is well', async () => {
    const [first, second, third] = signed(3);
    const witness = await open();
    for (const one of [undefined, null, first, first, second]) await witness.heard(one);
    // a gateway that is some minutes behind
    await witness.heard(first);
    const again = await open();
    await again.heard(second);
    await again.heard(third);
    expect(await kept()).toEqual([1, 2, 3]);
    expect(errors).toEqual([]);
  });

  it('says it when the same checkpoint has another content, and keeps both', async () => {
    const witness = await open();
    await witness.heard(signed(2)[1]);
    const other = signed(2, 'f'.repeat(64))[1];
    await witness.heard(other);
    await witness.heard(other);
    expect(errors).toEqual([expect.stringContaining('the audit of the server is not what it was')]);
    expect(await kept()).toEqual([2, 2]);
  });

  it('says it when later ones speak of fewer entries, or earlier ones of more', async () => {
    const witness = await open();
    const all = signed(5);
    await witness.heard(all[4]);
    await witness.heard(checkpointOf({ sequence: 40, hash: CHAIN_START }, all[4], pair));
    await witness.heard(checkpointOf({ sequence: 51, hash: CHAIN_START }, all[1], pair));
    expect(errors).toHaveLength(2);
    expect(errors[1]).toContain('checkpoint 3, entry 51');
  });

  it('takes what comes late, by number and sequence, for what it is, and keeps it in its place', async () => {
    const witness = await open();
    const [one, two, three, four, five, six, seven] = signed(7);
    for (const late of [two, five, seven, six, four, one, three]) await witness.heard(late);
    expect(errors).toEqual([]);
    expect(await kept()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    // and a gap does not take what does not fit it
    const other = await open();
    await other.heard(signed(7, 'f'.repeat(64))[5]);
    expect(errors).toHaveLength(1);
  });

  it('tells a restore once: also when it first hears what it knows, and the server goes on from there', async () => {
    const witness = await open();
    const true1 = signed(5);
    const restored = true1.slice(0, 2);
    for (let n = 3; n <= 6; n += 1) {
      const next = checkpointOf({ sequence: n * 10, hash: 'f'.repeat(64) }, restored.at(-1), pair);
      restored.push(JSON.parse(JSON.stringify(next)) as Checkpoint);
    }
    const told = { had: { number: 5 }, has: { number: 2, sequence: 20 } };
    for (const one of true1) await witness.heard(one, TAKES);
    now = 31 * MINUTE_MS;
    await witness.heard(restored[1], TAKES);
    expect(witness.told).toMatchObject(told);
    for (const one of restored.slice(1, 4)) await witness.heard(one, TAKES);
    expect(witness.told).toMatchObject(told);
    // an agent that is started again knows it, and what goes on from there as well
    const again = await open();
    for (const one of restored.slice(2)) await again.heard(one, TAKES);
    now = 90 * MINUTE_MS;
    await again.heard(restored.at(-1), TAKES);
    expect(again.told).toMatchObject(told);
    expect(errors).toHaveLength(1);
  });

  it('forgets that a gateway was behind once it has come up, and so tells it when that happens again', async () => {
    const witness = await open();
    const [one, two, three] = signed(3);
    for (const said of [one, two]) await witness.heard(said, TAKES);
    now = 31 * MINUTE_MS;
    await witness.heard(one, TAKES);
    expect(witness.told).toMatchObject({ has: { number: 1 } });
    await witness.heard(three, TAKES);
    expect(witness.told).toBeUndefined();
    expect(await kept()).toEqual([1, 2, 3]);
    now = 62 * MINUTE_MS;
    await witness.heard(one, TAKES);
    expect(witness.told).toMatchObject({ had: { number: 3 }, has: { number: 1 } });
  });

  it('tells what goes back once more, however much it has kept, and has no news while it hears the same', async () => {
    let news = 0;
    const onNews = () => (news += 1);
    const witness = new AuditWitness(file, pair.publicKey, log, () => now, onNews);
    await witness.open();
    const all = signed(150);
    for (const one of [all[0], all[119], all[149]]) await witness.heard(one, TAKES);
    for (const one of signed(140, 'f'.repeat(64))) await witness.heard(one, TAKES);
    expect(news).toBe(1);
    const [first, ...others] = (await kept()).slice(3);
    expect([first, others.at(-1), others.length]).toEqual([1, 140, 99]);
    const back = signed(120, 'e'.repeat(64))[119];
    for (let poll = 0; poll < 5; poll += 1) await witness.heard(back, TAKES);
    expect(news).toBe(2);
    expect(witness.told?.has).toEqual(back);
    const again = await open();
    await again.heard(back, TAKES);
    expect(again.told?.has).toEqual(back);
  });

  it('says it when the server goes on telling less than it told before', async () => {
    const witness = await open();
    const [first, second] = signed(2);
    await witness.heard(first);
    await witness.heard(second);
    now = 29 * MINUTE_MS;
    await witness.heard(first);
    expect(errors).toEqual([]);
    now = 31 * MINUTE_MS;
    await witness.heard(first);
    expect(errors).toHaveLength(1);
  });

  it('says it when the next one does not name the newest that it has: what came before was written anew', async () => {
    const witness = await open();
    await witness.heard(signed(1)[0]);
    await witness.heard(signed(2, 'f'.repeat(64))[1]);
    expect(errors).toEqual([expect.stringContaining('the audit of the server is not what it was')]);
    expect(await kept()).toEqual([1, 2]);
    // and the true ones go on, over a restart as well
    const again = await open();
    await again.heard(signed(2)[1]);
    expect(await kept()).toEqual([1, 2, 2]);
    expect(errors).toHaveLength(1);
  });

  it('keeps one a day of what is old, and is not flooded by what contradicts it', async () => {
    const day = (n: number): Date => new Date(Date.UTC(2026, 0, 1, n * 6));
    let before: Checkpoint | undefined;
    const witness = await open();
    for (let n = 0; n < 300; n += 1) {
      const { signature: _, ...fields } = checkpointOf({ sequence: n, hash: CHAIN_START }, before, pair);
      const statement = { ...fields, at: day(n).toISOString() };
      before = { ...statement, signature: signText(pair.privateKey, checkpointText(statement)) };
      await witness.heard(before);
    }
    expect(errors).toEqual([]);
    const numbers = await kept();
    expect(numbers).toHaveLength(50 + 100);
    expect(numbers.slice(0, 3)).toEqual([1, 5, 9]);
    for (const one of signed(250, 'f'.repeat(64))) await witness.heard(one);
    expect((await kept()).slice(0, 150)).toEqual(numbers);
    expect(await kept()).toHaveLength(250);
  });

  it('tells gateways that take it, also after a restart, and what goes on from there is no news', async () => {
    let news = 0;
    const opened = async (): Promise<AuditWitness> => {
      const witness = new AuditWitness(
        file,
        pair.publicKey,
        log,
        () => now,
        () => (news += 1),
      );
      await witness.open();
      return witness;
    };
    const first = await opened();
    const [, second, third] = signed(3);
    const [one, other, next] = signed(3, 'f'.repeat(64));
    // as they were signed: whoever is told can verify both
    const told = { had: second, has: one };
    await first.heard(second, TAKES);
    await first.heard(third, TAKES);
    expect(first.told).toBeUndefined();
    await first.heard(one, TAKES);
    await first.heard(other, TAKES);
    expect(first.told).toEqual(told);
    expect(news).toBe(1);
    // another gateway, an older one, has answered, and refuses what it does not know
    await first.heard(next);
    expect(first.told).toEqual(told);
    first.refused(400);
    expect(first.told).toBeUndefined();
    // one that could not be reached refuses nothing
    await first.heard(next, TAKES);
    first.refused(503);
    expect(first.told).toEqual(told);

    const again = await opened();
    expect(again.told).toBeUndefined();
    await again.heard(null, TAKES);
    expect(again.told).toEqual(told);
    // and a third one, which goes on from neither
    await again.heard(signed(2, 'e'.repeat(64))[1], TAKES);
    expect(again.told).toMatchObject({ has: { number: 2, sequence: 20 } });
  });

  it('tells it when a gateway goes on telling less than it told before', async () => {
    const witness = await open();
    const [one, two] = signed(2);
    for (const said of [one, two, one]) await witness.heard(said, ['agent.contradiction']);
    expect(witness.told).toBeUndefined();
    now = 31 * MINUTE_MS;
    await witness.heard(one, ['agent.contradiction']);
    expect(witness.told).toMatchObject({ had: { number: 2 }, has: { number: 1, sequence: 10 } });
  });

  it('does not write over a file that it cannot read', async () => {
    await mkdir(file);
    const witness = await open();
    await witness.heard(signed(1)[0]);
    expect(errors).toEqual([expect.stringContaining('cannot be read')]);
    expect((await stat(file)).isDirectory()).toBe(true);
    expect(await readdir(folder)).toEqual(['audit-witness.ndjson']);
  });

  it('does not fail on what has no form that could be signed', async () => {
    const [first] = signed(1);
    const witness = await open();
    await expect(witness.heard({ ...first, hash: '\ud800' })).resolves.toBeUndefined();
    expect(errors).toEqual([expect.stringContaining('cannot be used')]);
  });

  it('takes none that another key has signed, and none that is none', async () => {
    const witness = await open();
    const foreign = checkpointOf({ sequence: 10, hash: CHAIN_START }, undefined, generateSigningKeyPair());
    await witness.heard(foreign);
    await witness.heard({ number: 1 });
    await expect(readFile(file, 'utf8')).rejects.toThrow('ENOENT');
    expect(errors).toEqual([expect.stringContaining('not signed by the server that this DP has joined')]);
  });
});
