import type { MessageDescriptor, TextKey } from '#texts';
import { type Fault, mustBe } from '../base/errors.js';
import {
  judgeTree,
  nodeOf,
  parseTree,
  readText,
  type ConditionTree,
  type ConditionVerdict,
  type LeafReading,
} from '../location/condition-tree.js';
import {
  formatAddress,
  isInNetwork,
  parseAddress,
  parseNetwork,
  type IpAddress,
} from '../location/ip-network.js';
import { nameKey } from '../location/location-criterion.js';
import { dnKey, isAtOrBelow, isDn } from './distinguished-name.js';
import { patternTest } from './text-pattern.js';

/** What of a row of an import can be asked for by a text. */
export const ASSIGNMENT_TEXT_CRITERIA = ['ou', 'addressIn', 'adSite', 'dnsSuffix', 'name', 'group'] as const;
type TextCriterion = (typeof ASSIGNMENT_TEXT_CRITERIA)[number];

/** All that can be asked for of a row. */
export const ASSIGNMENT_CRITERIA = ['column', ...ASSIGNMENT_TEXT_CRITERIA] as const;
export type AssignmentCriterionName = (typeof ASSIGNMENT_CRITERIA)[number];

/** Criteria that mean the same in location rules, so that rules can be copied from each other. */
export const SHARED_CRITERIA = ['addressIn', 'adSite', 'dnsSuffix'] as const;

/** A column of a file by its heading, or by what it holds (`location`, `dp`), and the value that is wanted in it. */
interface ColumnCriterion {
  name: string;
  /** `*` stands for any text, `?` for one character. */
  is: string;
}

export type AssignmentLeaf =
  { column: ColumnCriterion } | { [Name in TextCriterion]: Record<Name, string> }[TextCriterion];

/** A tree of conditions; each node has exactly one key. */
export type AssignmentCondition = ConditionTree<AssignmentLeaf>;

/** What a row says of its computer, read once. */
export interface AssignmentFacts {
  /** What the computer is called, in every form that is known. */
  names: readonly string[];
  addresses: readonly IpAddress[];
  /** Where it stands in its directory, as `dnKey` gives it. */
  ou: string | null;
  adSite: string | null;
  dnsSuffix: string | null;
  /** Groups that it is in, as `dnKey` gives them; null: nobody has looked. */
  groups: ReadonlySet<string> | null;
  /** The value of a column by its heading or by what it holds; null when there is no such column, or nothing in it. */
  cell: (column: string) => string | null;
}

/** A tree, or every fault of it with its path. */
export function parseAssignmentCondition(
  value: unknown,
  path = 'when',
): { condition: AssignmentCondition } | { faults: Fault[] } {
  return parseTree(value, path, { names: ASSIGNMENT_CRITERIA, read: readLeaf });
}

function readLeaf(name: string, inner: unknown, at: string): LeafReading<AssignmentLeaf> {
  if (name === 'column') return readColumn(inner, at);
  const read = readText(inner, at);
  if ('faults' in read) return read;
  const wrong = textFault(name as TextCriterion, read.text);
  return wrong === null
    ? { leaf: { [name]: read.text } as AssignmentLeaf }
    : { faults: [{ path: at, code: 'format', ...wrong }] };
}

function readColumn(inner: unknown, at: string): LeafReading<AssignmentLeaf> {
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
    return { faults: [{ path: at, code: 'object', ...mustBe('what.columnCriterion') }] };
  }
  const { name, is, ...rest } = inner as Record<string, unknown>;
  const column = readText(name, `${at}.name`);
  const value = readText(is, `${at}.is`);
  const unknown = Object.keys(rest).map((key): Fault => ({
    path: `${at}.${key}`,
    code: 'unknown-field',
    key: 'fault.unknownField',
  }));
  if ('text' in column && 'text' in value && unknown.length === 0) {
    return { leaf: { column: { name: column.text, is: value.text } } };
  }
  return {
    faults: [
      ...('faults' in column ? column.faults : []),
      ...('faults' in value ? value.faults : []),
      ...unknown,
    ],
  };
}

function textFault(name: TextCriterion, text: string): MessageDescriptor | null {
  switch (name) {
    case 'addressIn': {
      const network = parseNetwork(text);
      return 'fault' in network ? network.fault : null;
    }
    case 'ou':
    case 'group':
      return isDn(text) ? null : mustBe('what.distinguishedName');
    case 'adSite':
    case 'dnsSuffix':
    case 'name':
      return null;
  }
}

/** The criterion of a leaf and the text it asks for. */
export function assignmentLeafEntry(leaf: AssignmentLeaf): [AssignmentCriterionName, string] {
  if ('column' in leaf) return ['column', leaf.column.is];
  const [entry] = Object.entries(leaf);
  return entry as [AssignmentCriterionName, string];
}

type Test = (facts: AssignmentFacts) => boolean;

/** A condition as one quick test: a large import asks each rule of each of its rows. */
export function compileCondition(tree: AssignmentCondition): Test {
  const node = nodeOf(tree);
  if (node.kind === 'leaf') return leafTest(node.leaf);
  if (node.kind === 'not') {
    const inner = compileCondition(node.node);
    return (facts) => !inner(facts);
  }
  const tests = node.nodes.map(compileCondition);
  return node.kind === 'all'
    ? (facts) => tests.every((test) => test(facts))
    : (facts) => tests.some((test) => test(facts));
}

function leafTest(leaf: AssignmentLeaf): Test {
  if ('column' in leaf) {
    const { name, is } = leaf.column;
    const wanted = patternTest(is);
    return ({ cell }) => {
      const value = cell(name);
      return value !== null && wanted(value);
    };
  }
  if ('ou' in leaf) {
    const base = dnKey(leaf.ou);
    return ({ ou }) => ou !== null && isAtOrBelow(ou, base);
  }
  if ('group' in leaf) {
    const group = dnKey(leaf.group);
    return ({ groups }) => groups?.has(group) ?? false;
  }
  if ('name' in leaf) {
    const wanted = patternTest(leaf.name);
    return ({ names }) => names.some(wanted);
  }
  if ('addressIn' in leaf) {
    const network = parseNetwork(leaf.addressIn);
    return ({ addresses }) => !('fault' in network) && addresses.some((one) => isInNetwork(one, network));
  }
  const [field, wanted] =
    'adSite' in leaf ? (['adSite', leaf.adSite] as const) : (['dnsSuffix', leaf.dnsSuffix] as const);
  const key = nameKey(wanted);
  return (facts) => facts[field] !== null && facts[field] === key;
}

/** Whether a condition holds, with the reason in words. What the row does not say matches nothing. */
export function judgeAssignment(
  tree: AssignmentCondition,
  facts: AssignmentFacts,
  path = 'when',
): ConditionVerdict {
  return judgeTree(tree, path, (leaf, at) => {
    const [name, wanted] = assignmentLeafEntry(leaf);
    const matched = leafTest(leaf)(facts);
    const said = saidOf(leaf, facts);
    const what = whatOf(leaf);
    const key: TextKey =
      said === null ? 'assignment.notSaid' : matched ? wordOf(name) : 'assignment.saidOther';
    const why: MessageDescriptor = { key, params: { what, wanted, ...(said !== null && { said }) } };
    return { matched, path: `${at}.${name}`, why: [why], network: null };
  });
}

function wordOf(name: AssignmentCriterionName): TextKey {
  return name === 'group' ? 'assignment.inGroup' : 'assignment.said';
}

function whatOf(leaf: AssignmentLeaf): MessageDescriptor {
  if ('column' in leaf) return { key: 'assignmentFact.column', params: { name: leaf.column.name } };
  const [name] = assignmentLeafEntry(leaf);
  return { key: `assignmentFact.${name as TextCriterion}` };
}

/** What the row says of it, to be read by people; null when it says nothing. */
function saidOf(leaf: AssignmentLeaf, facts: AssignmentFacts): string | null {
  if ('column' in leaf) return facts.cell(leaf.column.name);
  if ('ou' in leaf) return facts.ou;
  if ('group' in leaf) return facts.groups && ([...facts.groups].join('; ') || '–');
  if ('name' in leaf) return facts.names.join(', ') || null;
  if ('addressIn' in leaf) return facts.addresses.map((one) => formatAddress(one)).join(', ') || null;
  return 'adSite' in leaf ? facts.adSite : facts.dnsSuffix;
}

/** Addresses of a text: several may stand in one cell. */
export function addressesOf(text: string | null): IpAddress[] {
  return (text ?? '').split(/[\s,;]+/).flatMap((one) => parseAddress(one) ?? []);
}
