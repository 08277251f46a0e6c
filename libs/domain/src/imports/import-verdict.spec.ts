import { textIn } from '#texts';
import { identityByGuid, nameKeyOf } from './computer-name.js';
import type { Computer } from '../computers/computer.js';
import type { ComputerId, DirectoryId, DpId } from '../base/ids.js';
import { NO_INVENTORY, type ImportCandidate } from './import-candidate.js';
import type { KnownComputers } from './import-match.js';
import { assignDp, makeAssignment } from './assignment.js';
import { dpIndex } from './dp-suggestion.js';
import { takesRow } from './directory-sync.js';
import { importMessage } from './import-texts.js';
import { rowColumns } from './row-columns.js';
import { applyRow, decideRow, identityOf, type RowDecision, type RunRules } from './import-verdict.js';
import { COMPUTERS, importedComputer } from '../../testing/sample-computers.js';

const GUID = '11111111-2222-3333-4444-555555555555';
const DIRECTORY = 'dir-1' as DirectoryId;

const csv = (changes: Partial<ImportCandidate> = {}): ImportCandidate => ({
  line: 5,
  name: 'PC-017',
  hostName: changes.name ?? 'PC-017',
  fqdn: 'pc-017.example.test',
  guid: null,
  address: null,
  dp: null,
  inventory: NO_INVENTORY,
  messages: [],
  excluded: null,
  raw: [],
  ...changes,
});
const ad = (changes: Partial<ImportCandidate> = {}): ImportCandidate => csv({ guid: GUID, ...changes });

const known = (...computers: Computer[]): KnownComputers => ({
  byIdentity: (identity) => computers.find((one) => one.identity === identity),
  byNameKey: (key) => computers.find((one) => nameKeyOf(one) === key),
  byName: (name) => computers.filter((one) => one.name === name),
});
interface Said extends RunRules {
  /** The run's DP. */
  dp: DpId | null;
  /** Whether a row's own DP counts. */
  dpFromRow: boolean;
}
const rules = (changes: Partial<Said> = {}): Said => ({
  dp: 'site-a' as DpId,
  dpFromRow: true,
  directory: null,
  withoutDp: null,
  ...changes,
});
/** Decides a row with what a run says of its DP. */
function decide(row: ImportCandidate, { dp, dpFromRow, ...rest }: Said, among: KnownComputers): RowDecision {
  const assignment = makeAssignment({
    dps: dpIndex(['site-a', 'site-b'].map((id) => ({ id: id as DpId, name: id, isDisabled: false }))),
    columns: rowColumns(['Name', 'DP'], { name: 0, dp: 1 }),
    mapping: null,
    dpColumn: dpFromRow ? 1 : null,
    rules: [],
    runDp: dp,
    withoutDp: rest.withoutDp,
  });
  return decideRow(row, assignDp(row, assignment), rest, among);
}
const adRules = rules({ directory: DIRECTORY });
const firstText = ({ messages: [first] }: RowDecision): string => (first ? textIn('en', first) : '');
const codes = (decision: RowDecision): string[] => decision.messages.map((message) => message.code);
const computer = (changes: Partial<Computer> = {}): Computer => ({ ...importedComputer(), ...changes });
const fromAd = (changes: Partial<Computer> = {}): Computer =>
  computer({
    identity: identityByGuid(GUID),
    source: { ...importedComputer().source, kind: 'ad', directory: DIRECTORY },
    ...changes,
  });

describe('a row of a file', () => {
  test('is new when nobody knows it', () => {
    expect(decide(csv(), rules(), known())).toMatchObject({
      verdict: 'new',
      identity: 'name:pc-017.example.test',
      dp: 'site-a',
      computer: null,
      messages: [],
    });
  });

  test('without any DP is new and says who installs it', () => {
    const decision = decide(csv(), rules({ dp: null }), known());
    expect(decision).toMatchObject({ verdict: 'new', dp: null });
    expect(codes(decision)).toEqual(['NO_DP']);
  });

  test('its own DP goes before that of the run, where the run allows it', () => {
    expect(decide(csv({ dp: 'site-b' }), rules(), known()).dp).toBe('site-b');
    expect(decide(csv({ dp: 'site-b' }), rules({ dpFromRow: false }), known()).dp).toBe('site-a');
  });

  test('with an unknown DP is rejected, and does not stand in the way of a better row', () => {
    const decision = decide(csv({ dp: 'nowhere' }), rules(), known());
    expect(decision).toMatchObject({ verdict: 'rejected', identity: null });
    expect(firstText(decision)).toBe('Line 5: The tenant has no distribution point "nowhere"');
  });

  test('is known when it says nothing new, by FQDN and by NetBIOS name', () => {
    expect(decide(csv(), rules(), known(computer()))).toMatchObject({
      verdict: 'known',
      dp: 'site-a',
      changes: [],
    });
    const bare = computer({ fqdn: null, identity: 'name:PC-017' });
    expect(decide(csv({ fqdn: null }), rules(), known(bare)).verdict).toBe('known');
  });

  test('that names no DP leaves a known computer its own', () => {
    expect(decide(csv(), rules({ dp: null }), known(computer()))).toMatchObject({
      verdict: 'known',
      dp: 'site-a',
    });
  });

  test.each([
    ['another DP', computer(), 'is known with distribution point site-a'],
    [
      'a DP although it has none',
      computer({ dp: { fixed: null, assigned: null, since: null, liftedAt: null } }),
      'is known without a distribution point',
    ],
  ])('that gives a known computer %s is rejected, and told what to do', (_, one, text) => {
    const decision = decide(csv({ dp: 'site-b' }), rules(), known(one));
    expect(decision.verdict).toBe('rejected');
    expect(codes(decision)).toEqual(['DP_FIXED']);
    expect(firstText(decision)).toContain(text);
    expect(firstText(decision)).toContain('delete the computer and import it again');
  });

  test.each(['imported', 'releasing', 'install-failed', 'awaiting-registration'] as const)(
    'never changes the DP of a computer that is %s',
    (state) => {
      expect(decide(csv({ dp: 'site-b' }), rules(), known(COMPUTERS[state]()))).toMatchObject({
        verdict: 'rejected',
      });
    },
  );

  test.each(['pending-restart', 'ready', 'retired'] as const)(
    'leaves a computer that is %s as it is, whatever DP and inventory it names',
    (state) => {
      const row = csv({ dp: 'site-b', inventory: { ...NO_INVENTORY, os: 'other' } });
      const decision = decide(row, rules(), known(COMPUTERS[state]()));
      expect(decision).toMatchObject({ verdict: 'known', changes: [] });
      expect(codes(decision)).toEqual(['REGISTERED']);
    },
  );

  test('brings inventory and address up to date, and keeps what it says nothing of', () => {
    const old = computer({ inventory: { ...NO_INVENTORY, os: 'Windows 10', location: 'Haus 1' } });
    const row = csv({ address: '10.0.0.9', inventory: { ...NO_INVENTORY, os: 'Windows 11' } });
    const decision = decide(row, rules(), known(old));
    expect(decision).toMatchObject({ verdict: 'changed', changes: ['address', 'os'] });
    const next = applyRow(row, null, old, decision.changes);
    expect(next).toMatchObject({ address: '10.0.0.9', inventory: { os: 'Windows 11', location: 'Haus 1' } });
    expect(decide(row, rules(), known(next)).verdict).toBe('known');
  });

  test('with the NetBIOS name of another FQDN is new, with a warning', () => {
    const decision = decide(csv({ fqdn: 'pc-017.other.test' }), rules(), known(computer()));
    expect(decision.verdict).toBe('new');
    expect(decision.messages.map((m) => [m.code, m.severity, textIn('en', m)])).toEqual([
      ['SAME_NETBIOS', 'warning', 'Line 5: Same NetBIOS name as the known computer pc-017.example.test'],
    ]);
  });

  test('without FQDN is the one computer of a directory with that name, and no second one', () => {
    expect(decide(csv({ fqdn: null }), rules(), known(fromAd()))).toMatchObject({ verdict: 'known' });
  });

  test('without FQDN is new when two computers of a directory have that name', () => {
    const other = fromAd({ id: 'c2' as ComputerId, fqdn: 'pc-017.other.test', identity: 'ad:other' });
    expect(decide(csv({ fqdn: null }), rules(), known(fromAd(), other)).verdict).toBe('new');
  });
});

describe('an entry of a directory', () => {
  test('is new by its objectGUID', () => {
    expect(decide(ad(), adRules, known())).toMatchObject({ verdict: 'new', identity: `ad:${GUID}` });
  });

  test('links to the computer known from a file by name, which gets its GUID', () => {
    const decision = decide(ad(), adRules, known(computer()));
    expect(decision.verdict).toBe('changed');
    expect(decision.changes).toEqual(['identity', 'directory']);
    expect(codes(decision)).toEqual(['LINKED']);
    expect(applyRow(ad(), DIRECTORY, computer(), decision.changes)).toMatchObject({
      identity: `ad:${GUID}`,
      source: { kind: 'csv', directory: DIRECTORY },
      dp: { fixed: 'site-a' },
    });
  });

  test('links to a computer known by its NetBIOS name alone, and adds the FQDN', () => {
    const bare = computer({ fqdn: null, identity: 'name:PC-017' });
    expect(decide(ad(), adRules, known(bare)).changes).toEqual(['fqdn', 'identity', 'directory']);
  });

  test('follows a rename by its GUID', () => {
    const renamed = ad({ name: 'PC-018', fqdn: 'pc-018.example.test' });
    const decision = decide(renamed, adRules, known(fromAd()));
    expect(decision).toMatchObject({ verdict: 'changed', changes: ['name', 'fqdn'] });
    expect(codes(decision)).toEqual(['RENAMED']);
  });

  test('waits with a rename while an order is open', () => {
    const releasing = { ...COMPUTERS.releasing(), identity: identityByGuid(GUID) };
    const renamed = ad({ name: 'PC-018', fqdn: 'pc-018.example.test' });
    const decision = decide(renamed, adRules, known(releasing));
    expect(decision.changes).toEqual(['directory']);
    expect(codes(decision)).toEqual(['RENAME_WAITS']);
  });

  test('cannot take the name of another computer', () => {
    const other = fromAd({
      id: 'c2' as ComputerId,
      name: 'PC-018',
      fqdn: 'pc-018.example.test',
      identity: 'ad:x',
    });
    const renamed = ad({ name: 'PC-018', fqdn: 'pc-018.example.test' });
    expect(codes(decide(renamed, adRules, known(fromAd(), other)))).toEqual(['NAME_TAKEN']);
  });

  test('with a new GUID under a known name is rejected with what to do', () => {
    const rejoined = ad({ guid: '99999999-0000-0000-0000-000000000000' });
    const decision = decide(rejoined, adRules, known(fromAd()));
    expect(decision.verdict).toBe('rejected');
    expect(firstText(decision)).toContain('Delete the known computer');
  });

  test('follows a move to another OU', () => {
    const row = ad({ inventory: { ...NO_INVENTORY, ou: 'OU=Neu,DC=corp,DC=test' } });
    expect(decide(row, adRules, known(fromAd())).changes).toEqual(['ou']);
  });

  test('that is excluded is not imported, and shows the computer it is known as', () => {
    const row = ad({ excluded: importMessage('DISABLED', 'row.disabled') });
    expect(decide(row, adRules, known(fromAd()))).toMatchObject({
      verdict: 'excluded',
      computer: { id: 'computer-1' },
    });
    expect(decide(row, adRules, known()).verdict).toBe('excluded');
  });
});

test('the identity of a row is its GUID, else its FQDN, else its NetBIOS name', () => {
  expect(identityOf(ad())).toBe(`ad:${GUID}`);
  expect(identityOf(csv())).toBe('name:pc-017.example.test');
  expect(identityOf(csv({ fqdn: null }))).toBe('name:PC-017');
});

test('a file never takes a known FQDN or name away', () => {
  const row = csv({ fqdn: null, name: 'PC-017' });
  expect(applyRow(row, null, fromAd(), ['name', 'fqdn', 'identity'])).toMatchObject({
    fqdn: 'pc-017.example.test',
    identity: `ad:${GUID}`,
  });
});

describe('a computer that its directory has changed before its installation', () => {
  const ou = (unit: string) => ({ ...NO_INVENTORY, ou: `OU=${unit},DC=corp`, enabled: true });

  test('is followed to another OU with a warning: its DP stays, whatever DP the row has', () => {
    const there = fromAd({ inventory: ou('Berlin') });
    const row = ad({ inventory: ou('Köln'), hostName: there.hostName });
    const decision = decide(row, { ...adRules, dp: 'site-b' as DpId }, known(there));
    expect(decision).toMatchObject({ verdict: 'changed', dp: 'site-a', changes: ['ou'] });
    expect(codes(decision)).toEqual(['MOVED']);
    expect(takesRow('commit', decision)).toBe(true);
    expect(takesRow('preview', decision)).toBe(false);
    const registered = { ...COMPUTERS.ready(), identity: identityByGuid(GUID), inventory: ou('Berlin') };
    expect(codes(decide(row, adRules, known(registered)))).toEqual(['REGISTERED']);
  });

  test('is marked when it is disabled there, and when it is enabled again', () => {
    const excluded = importMessage('DISABLED', 'row.disabled');
    const there = fromAd({ inventory: ou('Berlin') });
    const row = ad({ inventory: { ...ou('Berlin'), enabled: false }, excluded });
    const off = decide(row, adRules, known(there));
    expect(off).toMatchObject({ verdict: 'changed', changes: ['enabled'] });
    expect(takesRow('commit', off)).toBe(true);
    const marked = applyRow(row, DIRECTORY, there, ['enabled']);
    expect(decide(row, adRules, known(marked)).verdict).toBe('excluded');
    expect(decide(row, adRules, known()).verdict).toBe('excluded');
    expect(decide(ad({ inventory: ou('Berlin') }), adRules, known(marked)).changes).toContain('enabled');
  });

  test('is taken by no policy with a warning or a fault', () => {
    const warned = {
      verdict: 'new',
      messages: [importMessage('NAME_UNDERSCORE', 'name.underscore')],
    } as const;
    expect(takesRow('release', warned)).toBe(false);
    expect(takesRow('release', { verdict: 'new', messages: [] })).toBe(true);
    expect(takesRow('release', { verdict: 'rejected', messages: [] })).toBe(false);
    // nothing has chosen its DP, and nobody has said that the server DP is to install it
    const undecided = decide(ad(), { ...adRules, dp: null }, known());
    expect([undecided.verdict, takesRow('release', undecided)]).toEqual(['new', false]);
  });
});
