import type { DirectoryId, ImportRunId, TenantId } from '../base/ids.js';
import type { Directory } from './directory.js';
import { alignSync, askSync, type DirectorySync } from './directory-sync.js';
import {
  backoffMs,
  beginSync,
  pendingSettled,
  reserveReleases,
  syncRun,
  syncStep,
} from './directory-sync-step.js';
import type { ImportRun, ImportState } from './import-run.js';
import type { DirectoryPolicy } from './import-sync.js';
import { newImportRun } from './import-transition.js';

const now = new Date('2026-05-01T08:00:00Z');
const later = (minutes: number): Date => new Date(now.getTime() + minutes * 60_000);
const cursor = (usn: number) => ({ server: 'dc1', invocation: 'a', usn });
const RUN = 'r-1' as ImportRunId;

const directory = (fields: Partial<Directory> = {}): Directory => ({
  id: 'd-1' as DirectoryId,
  tenant: 't' as TenantId,
  name: 'HQ',
  url: 'ldaps://dc1',
  startTls: false,
  allowPlain: false,
  caPem: null,
  bindDn: 'CN=reader',
  sealedPassword: { keyId: 'k', blob: 'b' },
  bases: ['DC=corp'],
  filter: null,
  schedule: { every: 15 },
  createdAt: now,
  revision: 0,
  ...fields,
});
const fresh = (fields: Partial<Directory> = {}): DirectorySync => {
  const sync = alignSync(directory(fields), null, now);
  if (!sync) throw new Error('no state');
  return sync;
};
const begun = (sync: DirectorySync, at = now): DirectorySync => {
  const next = beginSync(sync, RUN, at);
  if (!next) throw new Error('nothing is due');
  return next;
};
interface Facts {
  state: ImportState;
  policy?: DirectoryPolicy;
  quiet?: boolean;
  kind?: 'full' | 'delta';
  usn?: number;
  open?: string[];
  id?: string;
}
const run = (facts: Facts, fields: Partial<ImportRun> = {}): ImportRun => {
  const { state, policy = 'preview', quiet = false, kind = 'full', usn = 5, open = [], id = RUN } = facts;
  const asked = {
    id: id as ImportRunId,
    tenant: 't' as TenantId,
    source: 'ad',
    dp: null,
    file: null,
  } as const;
  const sync = { policy, cursor: null, quiet, found: { kind, cursor: cursor(usn), open } };
  const made = newImportRun(
    { ...asked, directory: 'd-1' as DirectoryId, options: {}, requestedBy: 'HQ', sync },
    now,
  );
  return { ...made, state, ...fields };
};
const ended = (sync: DirectorySync, one: ImportRun, at = now) => {
  const step = syncStep(sync, one, at);
  if (step.kind !== 'end') throw new Error(`it is not over: ${step.kind}`);
  return step;
};

describe('a directory that is read by itself', () => {
  it('begins once for each time that is due, with everything', () => {
    const sync = begun(fresh());
    expect(sync).toMatchObject({ run: { id: RUN, full: true }, nextAt: later(15) });
    expect(beginSync(sync, 'r-2' as ImportRunId, later(60))).toBeNull();
    expect(syncRun(directory({ policy: 'commit' }), sync)).toMatchObject({
      id: RUN,
      requestedBy: 'HQ',
      sync: { policy: 'commit', cursor: null, quiet: true },
    });
    expect(fresh({ schedule: null }).nextAt).toBeNull();
    const timed = { times: ['12:00'], days: ['fri'] as const, timeZone: 'UTC' };
    expect(fresh({ schedule: timed }).nextAt).toEqual(later(240));
  });

  it('goes on from where it was, and reads everything again once a day, on request, or with other settings', () => {
    const first = ended(begun(fresh()), run({ state: 'previewed', quiet: true })).sync;
    expect(first).toMatchObject({ run: null, cursor: cursor(5), fullAt: now, failures: 0 });
    expect(begun(first, later(15)).run?.full).toBe(false);
    expect(begun(first, later(23 * 60)).run?.full).toBe(true);
    expect(begun(askSync(first, true, 'admin', later(1)), later(1)).run).toMatchObject({
      full: true,
      by: 'admin',
    });
    expect(begun(askSync(first, false, 'admin', later(1)), later(1)).run?.full).toBe(false);
    const other = alignSync(directory({ filter: '(cn=a)', revision: 1 }), first, later(1));
    expect(other).toMatchObject({ cursor: null, open: [], nextAt: later(15) });
    expect(alignSync(directory(), first, later(1))).toBeNull();
  });

  it('leaves one line for runs that change nothing, and forgets them', () => {
    let sync = fresh();
    for (const minutes of [0, 15, 30]) {
      const step = ended(
        begun(sync, later(minutes)),
        run({ state: 'previewed', quiet: true }),
        later(minutes),
      );
      expect(step).toMatchObject({ forget: true, discard: null });
      sync = step.sync;
    }
    expect(sync.lines).toHaveLength(1);
    expect(sync.lines[0]).toMatchObject({
      result: 'unchanged',
      times: 3,
      since: now,
      at: later(30),
      run: null,
    });
  });

  it('keeps what waits for a person in the next preview, which stands in the place of the one before', () => {
    const quiet = ended(begun(fresh()), run({ state: 'previewed', quiet: true, usn: 5 })).sync;
    const first = ended(
      begun(quiet, later(15)),
      run({ state: 'previewed', kind: 'delta', usn: 7, open: ['o:1'] }),
    );
    expect(first.sync).toMatchObject({ pending: RUN, cursor: cursor(5), open: ['o:1'] });
    const same = ended(
      begun(first.sync, later(30)),
      run({ state: 'previewed', quiet: true, kind: 'delta', usn: 8 }),
    );
    expect(same.sync).toMatchObject({ pending: RUN, cursor: cursor(5) });
    const next = ended(
      begun(same.sync, later(45)),
      run({ state: 'previewed', kind: 'delta', usn: 9, id: 'r-2' }),
    );
    expect(next).toMatchObject({ discard: RUN, sync: { pending: 'r-2', cursor: cursor(5) } });
    const taken = pendingSettled(next.sync, run({ state: 'committed', usn: 9, id: 'r-2' }));
    expect(taken).toMatchObject({ pending: null, cursor: cursor(9), open: [] });
    expect(pendingSettled(next.sync, run({ state: 'previewed', id: 'r-2' }))).toBe(next.sync);
  });

  it('takes what its policy may, and leaves a directory that has lost many computers to a person', () => {
    const sync = begun(fresh());
    expect(syncStep(sync, run({ state: 'previewed', policy: 'commit' }), now)).toEqual({ kind: 'commit' });
    for (const state of ['queued', 'reading', 'committing'] as const)
      expect(syncStep(sync, run({ state, policy: 'commit' }), now)).toEqual({ kind: 'wait' });
    const counts = { ...run({ state: 'previewed' }).counts, missing: 4 };
    const dropped = run({ state: 'previewed', policy: 'release' }, { counts, knownBefore: 10 });
    expect(ended(sync, dropped).sync).toMatchObject({
      pending: RUN,
      lines: [{ result: 'confirm', run: RUN }],
    });
    const summary = { created: 2, changed: 0, known: 0, rejected: 0, skipped: 1, at: now };
    const done = ended(sync, run({ state: 'committed', policy: 'release' }, { summary })).sync;
    expect(done).toMatchObject({ cursor: cursor(5), releases: { runs: [RUN] }, lines: [{ skipped: 1 }] });
    expect(ended(sync, run({ state: 'committed', policy: 'commit' }, { summary })).sync.releases).toBeNull();
    // while a rollout may be in the making nobody looks sooner for its sake, and an hour stays used up
    const releases = { runs: [], rollouts: ['r-1' as never], at: later(5), hour: now, used: 4, refused: 0 };
    const more = ended(
      { ...sync, releases },
      run({ state: 'committed', policy: 'release' }, { summary }),
    ).sync;
    expect(more.releases).toMatchObject({ runs: [RUN], at: later(5), used: 4 });
  });

  it('shows who has left since when, and forgets who is back', () => {
    const missing = [{ computer: 'c-1' as never, name: 'PC-1' }];
    const counts = { ...run({ state: 'previewed' }).counts, missing: 1 };
    const first = ended(
      begun(fresh()),
      run({ state: 'committed' }, { missing, counts, knownBefore: 9 }),
    ).sync;
    expect(first).toMatchObject({ left: 1, leavers: [{ computer: 'c-1', since: now }] });
    const again = run({ state: 'previewed', quiet: true }, { missing, counts, knownBefore: 9 });
    const next = ended(begun(first, later(24 * 60)), again, later(24 * 60)).sync;
    expect(next.leavers).toEqual([{ computer: 'c-1', name: 'PC-1', since: now }]);
    const back = run({ state: 'previewed', quiet: true }, { knownBefore: 9 });
    expect(ended(begun(next, later(50 * 60)), back).sync).toMatchObject({ left: 0, leavers: [] });
  });

  it('tries a directory that fails later and later, one whose account is refused much later; a change tries at once', () => {
    const fault = { code: 'CONNECT_FAILED', line: null, text: 'x' } as const;
    let sync = fresh();
    for (const wait of [1, 2, 4]) {
      sync = ended(begun(sync, sync.nextAt ?? now), run({ state: 'failed' }, { fault })).sync;
      expect(sync.nextAt).toEqual(later(wait));
      expect(sync.cursor).toBeNull();
    }
    expect(sync).toMatchObject({ failures: 3, lines: [{ result: 'failed', times: 3, fault }] });
    expect(alignSync(directory({ revision: 1 }), sync, later(2))).toMatchObject({ nextAt: later(2) });
    expect(backoffMs(40, 'CONNECT_FAILED')).toBe(3_600_000);
    expect(backoffMs(1, 'BIND_WRONG_CREDENTIALS')).toBe(3_600_000);
    expect(backoffMs(40, 'BIND_WRONG_CREDENTIALS')).toBe(24 * 3_600_000);
    const well = ended(begun(sync, later(4)), run({ state: 'previewed', quiet: true }), later(4)).sync;
    expect(well.failures).toBe(0);
  });

  it('releases no more than its limit within an hour', () => {
    const releases = { runs: [RUN], at: now, hour: now, used: 0, refused: 0 };
    const first = reserveReleases(releases, 10, 7, now);
    expect(first).toMatchObject({ count: 7, releases: { used: 7 } });
    const second = reserveReleases(first.releases, 10, 7, later(5));
    expect(second).toMatchObject({ count: 3, releases: { used: 10 } });
    expect(reserveReleases(second.releases, 10, 4, later(6))).toMatchObject({
      count: 0,
      releases: { at: later(60) },
    });
    expect(reserveReleases(second.releases, 10, 4, later(60))).toMatchObject({
      count: 4,
      releases: { used: 4 },
    });
  });
});
