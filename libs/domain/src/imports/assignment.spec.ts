import { textIn } from '#texts';
import type { AssignmentRuleId, DirectoryId, DpId, TenantId } from '../base/ids.js';
import { parseAssignmentCondition, type AssignmentCondition } from './assignment-criterion.js';
import { explainDp } from './assignment-explain.js';
import { assignmentOverlap } from './assignment-overlap.js';
import {
  asAssignmentCondition,
  asLocationCondition,
  groupsOfRules,
  reordered,
  rulesFor,
  type AssignmentRule,
} from './assignment-rule.js';
import { noRows, tallied } from './assignment-tally.js';
import { assignDp, makeAssignment, type Assignment, type AssignmentInput } from './assignment.js';
import { dpIndex } from './dp-suggestion.js';
import { NO_INVENTORY, type ImportCandidate } from './import-candidate.js';
import { rowColumns } from './row-columns.js';

const dp = (id: string, name = id): { id: DpId; name: string; isDisabled: boolean } => ({
  id: id as DpId,
  name,
  isDisabled: false,
});
const DPS = dpIndex([dp('north', 'Site North'), dp('south'), dp('server')]);
const HEADERS = ['Name', 'Standort', 'DP', 'DistinguishedName', 'memberOf', 'AD-Site'];
const COLUMNS = rowColumns(HEADERS, { name: 0, location: 1, dp: 2 });

let made = 0;
const rule = (when: AssignmentCondition, changes: Partial<AssignmentRule> = {}): AssignmentRule => ({
  id: `rule-${(made += 1)}` as AssignmentRuleId,
  tenant: 'default' as TenantId,
  directory: null,
  name: 'Rule',
  position: made * 10,
  when,
  target: 'dp',
  dp: 'north' as DpId,
  createdAt: new Date(0),
  revision: 0,
  ...changes,
});
const row = (cells: readonly string[] = [], changes: Partial<ImportCandidate> = {}): ImportCandidate => ({
  line: 2,
  name: 'NO-017',
  hostName: (changes.name ?? 'NO-017').toLowerCase(),
  fqdn: 'no-017.corp.test',
  guid: null,
  address: null,
  dp: cells[2]?.toLowerCase() || null,
  inventory: NO_INVENTORY,
  messages: [],
  excluded: null,
  raw: cells,
  ...changes,
});
const assignment = (changes: Partial<AssignmentInput> = {}): Assignment =>
  makeAssignment({
    dps: DPS,
    columns: COLUMNS,
    mapping: null,
    dpColumn: 2,
    rules: [],
    runDp: null,
    withoutDp: null,
    ...changes,
  });
const matches = (when: AssignmentCondition, candidate: ImportCandidate): boolean =>
  assignDp(candidate, assignment({ rules: [rule(when)] })).by.by === 'rule';

describe('a criterion', () => {
  const inOu = row(['', '', '', 'CN=NO-017,OU=PCs,OU=North,DC=corp,DC=test']);

  test.each<[string, AssignmentCondition, ImportCandidate, boolean]>([
    ['a column by heading', { column: { name: 'standort', is: 'NORD' } }, row(['', ' nord ']), true],
    ['a column by what it holds', { column: { name: 'location', is: 'Nord*' } }, row(['', 'Nord 2']), true],
    ['one character', { column: { name: 'Standort', is: 'Nord ?' } }, row(['', 'Nord 12']), false],
    ['signs of patterns as they are', { column: { name: 'Standort', is: 'a.b' } }, row(['', 'axb']), false],
    ['a column that is not there', { column: { name: 'Raum', is: '*' } }, row(['', 'x']), false],
    ['an empty cell', { column: { name: 'Standort', is: '*' } }, row(['', '-']), false],
    ['the OU itself', { ou: 'ou=PCs, ou=north, dc=corp, dc=test' }, inOu, true],
    ['what stands below the OU', { ou: 'OU=North,DC=corp,DC=test' }, inOu, true],
    ['an OU that only ends alike', { ou: 'OU=orth,DC=corp,DC=test' }, inOu, false],
    ['a network', { addressIn: '10.1.0.0/16' }, row([], { address: '10.1.2.3' }), true],
    ['no address', { addressIn: '0.0.0.0/0' }, row(), false],
    ['a site that the file names', { adSite: 'north' }, row(['', '', '', '', '', 'North']), true],
    ['a DNS suffix', { dnsSuffix: 'corp.test.' }, row(), true],
    ['a name', { name: 'no-*' }, row(), true],
    ['a whole host name', { name: '*.corp.test' }, row(), true],
    ['a group', { group: 'CN=A, DC=test' }, row([], { groups: ['cn=a,dc=test'] }), true],
    [
      'a group of the file',
      { group: 'CN=B,DC=test' },
      row(['', '', '', '', 'CN=A,DC=test;CN=B,DC=test']),
      true,
    ],
    ['a group that nobody has looked at', { group: 'CN=A,DC=test' }, row(), false],
    ['the contrary of what is not said', { not: { group: 'CN=A,DC=test' } }, row(), true],
  ])('asks for %s', (_, when, candidate, expected) => {
    expect(matches(when, candidate)).toBe(expected);
  });

  test('names every fault of a tree with its path', () => {
    const read = parseAssignmentCondition({
      all: [
        { column: { name: '', wrong: 1 } },
        { ou: 'North' },
        { addressIn: '10.1.2.3/16' },
        { gatewayIp: 'x' },
      ],
    });
    expect('faults' in read && read.faults.map(({ path }) => path)).toEqual([
      'when.all[0].column.name',
      'when.all[0].column.is',
      'when.all[0].column.wrong',
      'when.all[1].ou',
      'when.all[2].addressIn',
      'when.all[3].gatewayIp',
    ]);
  });
});

describe('the DP of a row', () => {
  const mapping = {
    column: 'Standort',
    values: [
      { value: 'Nord', target: 'dp', dp: 'north' as DpId },
      { value: 'Lager', target: 'reject', dp: null },
      { value: 'Zentrale', target: 'server', dp: null },
      { value: 'Alt', target: 'dp', dp: 'gone' as DpId },
    ],
  } as const;

  test('comes from the mapping, the column, the first rule, the run, in this order', () => {
    const all = assignment({
      mapping,
      rules: [rule({ name: 'XX*' }), rule({ name: 'NO*' }, { dp: 'south' as DpId, name: 'By name' })],
      runDp: 'south' as DpId,
    });
    const chosen = (cells: readonly string[], name = 'NO-1'): unknown => {
      const { dp: given, by } = assignDp(row(cells, { name, fqdn: null }), all);
      return [given, by.by];
    };
    expect(chosen(['', ' NORD ', 'south'])).toEqual(['north', 'mapping']);
    expect(chosen(['', 'south', 'north'])).toEqual(['south', 'column']);
    expect(chosen(['', 'Keller', 'Site North'])).toEqual(['north', 'column']);
    expect(chosen(['', 'Keller'])).toEqual(['south', 'rule']);
    expect(chosen(['', 'Keller'], 'ZZ-1')).toEqual(['south', 'run']);
    expect(assignDp(row(['', 'Keller'], { name: 'ZZ-1', fqdn: null }), assignment())).toMatchObject({
      dp: null,
      by: { by: 'none' },
      refusal: null,
    });
  });

  test('may be the server DP on purpose, or refused by mapping and rule', () => {
    const mapped = assignment({ mapping });
    expect(assignDp(row(['', 'Zentrale']), mapped)).toMatchObject({ dp: 'server', refusal: null });
    expect(assignDp(row(['', 'lager']), mapped).refusal).toMatchObject({ code: 'RULE_REJECTS' });
    const rejects = assignment({
      rules: [rule({ name: '*' }, { target: 'reject', dp: null, name: 'Nobody' })],
    });
    expect(assignDp(row(), rejects)).toMatchObject({
      dp: null,
      by: { by: 'rule', name: 'Nobody' },
      refusal: { code: 'RULE_REJECTS', params: { name: 'Nobody' } },
    });
  });

  test('is refused where the DP that a rule or a mapping names is gone, and goes to no later rule', () => {
    const rules = [rule({ name: '*' }, { dp: 'gone' as DpId }), rule({ name: '*' })];
    expect(assignDp(row(), assignment({ rules })).refusal).toMatchObject({ code: 'UNKNOWN_DP' });
    expect(assignDp(row(['', 'Alt']), assignment({ mapping })).refusal).toMatchObject({ code: 'UNKNOWN_DP' });
  });

  test('an unknown value of the DP column is refused with the DP that is likely meant', () => {
    const { refusal } = assignDp(row(['', '', 'nort']), assignment());
    expect(refusal && textIn('en', refusal)).toBe(
      'The tenant has no distribution point "nort"; is north meant?',
    );
  });

  test('the words agree with the decision, and each rule says why', () => {
    const rules = [
      rule({ addressIn: '10.1.0.0/16' }, { name: 'Net' }),
      rule({ all: [{ name: 'NO-*' }, { not: { adSite: 'Guests' } }] }, { name: 'Name', dp: 'south' as DpId }),
      rule({ name: '*' }, { name: 'Rest' }),
    ];
    const { steps, choice } = explainDp(
      row(['', 'Keller']),
      assignment({ mapping, rules, runDp: 'north' as DpId }),
    );
    expect(choice).toMatchObject({ dp: 'south', by: { name: 'Name' } });
    expect(steps.map(({ by, matched, chosen }) => [by, matched, chosen])).toEqual([
      ['mapping', false, false],
      ['column', false, false],
      ['rule', false, false],
      ['rule', true, true],
      ['rule', true, false],
      ['run', true, false],
    ]);
    expect(steps.flatMap(({ why }) => why.map((one) => textIn('en', one)))).toEqual([
      'the mapping does not know the value "Keller" of Standort',
      'DP is empty in this row',
      'the row says nothing of address',
      'name is NO-017, no-017.corp.test',
      'the row says nothing of AD site',
      'name is NO-017, no-017.corp.test',
      'the import names it for all rows for which nothing else chooses',
    ]);
  });

  test('tallies say what chose, which rules overlap, and which match nothing', () => {
    const rules = [
      rule({ name: 'NO-*' }, { name: 'A' }),
      rule({ name: '*' }, { name: 'B', dp: 'south' as DpId }),
      rule({ name: 'Q*' }, { name: 'C' }),
    ];
    const all = assignment({ rules });
    const facts = { stamp: 's', profile: null, shape: null };
    const rows = ['NO-1', 'NO-2', 'SO-1'].map((name, line) => {
      const choice = assignDp(row([], { name, fqdn: null, line }), all);
      return { line, dp: choice.dp, assignedBy: choice.by, choice };
    });
    const once = tallied(noRows(all, facts), rows.slice(0, 1));
    const { chosen, rules: tallies } = tallied(once, rows.slice(1));
    expect(chosen).toMatchObject([
      { by: 'rule', name: 'A', dp: 'north', rows: 2 },
      { by: 'rule', name: 'B', dp: 'south', rows: 1 },
    ]);
    expect(tallies).toMatchObject([
      { name: 'A', matched: 2, won: 2, overlaps: [] },
      { name: 'B', matched: 3, won: 1, overlaps: [{ name: 'A', rows: 2, line: 0 }] },
      { name: 'C', matched: 0, won: 0, overlaps: [] },
    ]);
  });
});

describe('assignment rules', () => {
  const south = { dp: 'south' as DpId };

  test('are asked by position, and those of other directories not at all', () => {
    const [hq, other] = ['hq' as DirectoryId, 'other' as DirectoryId];
    const last = rule({ name: '*' }, { position: 30 });
    const first = rule({ name: '*' }, { position: 5, directory: hq });
    const foreign = rule({ name: '*' }, { directory: other });
    expect(rulesFor([last, foreign, first], hq)).toEqual([first, last]);
    expect(rulesFor([last, foreign, first], null)).toEqual([last]);
  });

  test('are put in order as a whole: what is missing, unknown or there twice is named', () => {
    const [a, b] = [rule({ name: 'a' }, { name: 'A' }), rule({ name: 'b' }, { name: 'B' })];
    expect(reordered([a, b], [b.id, a.id])).toEqual([
      { rule: b, position: 10 },
      { rule: a, position: 20 },
    ]);
    expect(() => reordered([a, b], [a.id, a.id, 'x'])).toThrow(
      expect.objectContaining({
        faults: [
          expect.objectContaining({ path: 'rules[1]', code: 'twice' }),
          expect.objectContaining({ path: 'rules[2]', code: 'unknown' }),
          expect.objectContaining({ path: 'rules', params: { names: ['B'] } }),
        ],
      }),
    );
  });

  test('name each group once, however it is written', () => {
    const rules = [rule({ group: 'CN=A,DC=test' }), rule({ not: { any: [{ group: 'cn=a, dc=test' }] } })];
    expect(groupsOfRules(rules)).toHaveLength(1);
  });

  test('are copied from location rules and back where the criteria mean the same', () => {
    const shared = { all: [{ addressIn: '10.1.0.0/16' }, { not: { adSite: 'Guests' } }] };
    expect(asAssignmentCondition(shared)).toEqual({ condition: shared });
    expect(asLocationCondition(shared)).toEqual({ condition: shared });
    expect(asAssignmentCondition({ any: [{ gatewayIp: '10.0.0.1' }, shared] })).toEqual({
      lacking: ['gatewayIp'],
    });
    expect(asLocationCondition({ any: [{ ou: 'DC=x' }, { name: '*' }, { name: 'a' }] })).toEqual({
      lacking: ['ou', 'name'],
    });
  });

  test.each<[string, AssignmentCondition, AssignmentCondition, boolean | null]>([
    ['networks apart', { addressIn: '10.1.0.0/16' }, { addressIn: '10.2.0.0/16' }, null],
    ['a network within the other', { addressIn: '10.0.0.0/8' }, { addressIn: '10.2.0.0/16' }, true],
    ['a network around the other', { addressIn: '10.2.0.0/16' }, { addressIn: '10.0.0.0/8' }, false],
    ['an OU below the other', { ou: 'OU=N,DC=x' }, { ou: 'OU=PC,OU=N,DC=x' }, true],
    ['an OU above the other', { ou: 'OU=PC,OU=N,DC=x' }, { ou: 'OU=N,DC=x' }, false],
    ['OUs apart', { ou: 'OU=N,DC=x' }, { ou: 'OU=S,DC=x' }, null],
    ['a pattern within the other', { name: 'NO-*' }, { name: 'NO-1*' }, true],
    ['patterns of both ends', { name: 'NO-*' }, { name: '*-PC' }, false],
    ['different things', { name: 'NO-*' }, { addressIn: '10.0.0.0/8' }, false],
    ['two groups', { group: 'CN=A,DC=x' }, { group: 'CN=B,DC=x' }, false],
    ['values of one column', { column: { name: 'S', is: 'a' } }, { column: { name: 's', is: 'b' } }, null],
  ])('overlap or shadow each other: %s', (_, first, second, isShadowed) => {
    const overlap = assignmentOverlap(rule(first), rule(second, south));
    expect(overlap?.isShadowed ?? null).toBe(isShadowed);
  });

  test('of one DP, or of two directories, are no overlap', () => {
    expect(assignmentOverlap(rule({ name: '*' }), rule({ name: '*' }))).toBeNull();
    const [hq, other] = ['hq' as DirectoryId, 'other' as DirectoryId];
    const pair = [
      rule({ name: '*' }, { directory: hq }),
      rule({ name: '*' }, { ...south, directory: other }),
    ] as const;
    expect(assignmentOverlap(...pair)).toBeNull();
    // the second one still has the imports that do not come from there
    expect(assignmentOverlap(pair[0], rule({ name: '*' }, south))).toMatchObject({ isShadowed: false });
  });
});
