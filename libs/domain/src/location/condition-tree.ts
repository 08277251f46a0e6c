import type { MessageDescriptor } from '#texts';
import { type Fault, mustBe } from '../base/errors.js';
import type { IpNetwork } from './ip-network.js';

/** A tree of conditions over leaves of some kind; each node has exactly one key. */
export type ConditionTree<Leaf> =
  { all: ConditionTree<Leaf>[] } | { any: ConditionTree<Leaf>[] } | { not: ConditionTree<Leaf> } | Leaf;

/** Bounds of one tree. */
const MAX_DEPTH = 8;
const MOST_CONDITIONS = 100;
/** The longest text of a leaf. */
const LONGEST_CRITERION = 255;

/** What a leaf asks for, or what is wrong with it and where, below the path of the leaf. */
export type LeafReading<Leaf> = { leaf: Leaf } | { faults: readonly Fault[] };

/** The leaves that a tree may have. */
export interface LeafKind<Leaf> {
  names: readonly string[];
  /** @param at path of what the leaf asks for */
  read: (name: string, inner: unknown, at: string) => LeafReading<Leaf>;
}

/** A node by what it is: leaves may be of any kind, so their keys alone tell nothing to the compiler. */
export type TreeNode<Leaf> =
  | { kind: 'all' | 'any'; nodes: readonly ConditionTree<Leaf>[] }
  | { kind: 'not'; node: ConditionTree<Leaf> }
  | { kind: 'leaf'; leaf: Leaf };

export function nodeOf<Leaf extends object>(tree: ConditionTree<Leaf>): TreeNode<Leaf> {
  if ('all' in tree) return { kind: 'all', nodes: tree.all };
  if ('any' in tree) return { kind: 'any', nodes: tree.any };
  if ('not' in tree) return { kind: 'not', node: tree.not };
  return { kind: 'leaf', leaf: tree };
}

/** Every leaf of a tree, from left to right. */
export function leavesOf<Leaf extends object>(tree: ConditionTree<Leaf>): Leaf[] {
  const node = nodeOf(tree);
  if (node.kind === 'leaf') return [node.leaf];
  return (node.kind === 'not' ? [node.node] : node.nodes).flatMap(leavesOf);
}

/** A tree, or every fault of it with its path. */
export function parseTree<Leaf>(
  value: unknown,
  path: string,
  kind: LeafKind<Leaf>,
): { condition: ConditionTree<Leaf> } | { faults: Fault[] } {
  const reading: Reading<Leaf> = { kind, left: MOST_CONDITIONS, faults: [] };
  const condition = readNode(value, path, 0, reading);
  const { faults } = reading;
  if (reading.left < 0) {
    faults.push({ path, code: 'too-many', key: 'fault.conditionCount', params: { count: MOST_CONDITIONS } });
  }
  return condition && faults.length === 0 ? { condition } : { faults };
}

interface Reading<Leaf> {
  kind: LeafKind<Leaf>;
  left: number;
  faults: Fault[];
}

function readNode<Leaf>(
  value: unknown,
  path: string,
  depth: number,
  reading: Reading<Leaf>,
): ConditionTree<Leaf> | null {
  const { kind, faults } = reading;
  const names = ['all', 'any', 'not', ...kind.names];
  const fault = (at: string, code: string, what: MessageDescriptor): null => {
    faults.push({ path: at, code, ...what });
    return null;
  };
  reading.left -= 1;
  if (reading.left < 0) return null;
  if (depth > MAX_DEPTH)
    return fault(path, 'too-deep', { key: 'fault.conditionDepth', params: { levels: MAX_DEPTH } });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return fault(path, 'object', mustBe('what.objectWithOneOf', { names }));
  }
  const entries = Object.entries(value);
  for (const [key] of entries) {
    if (!names.includes(key)) fault(`${path}.${key}`, 'unknown-field', { key: 'fault.unknownField' });
  }
  const [entry] = entries;
  if (!entry || entries.length > 1) {
    return fault(path, 'one-key', { key: 'fault.exactlyOne', params: { names } });
  }
  const [key, inner] = entry;
  const at = `${path}.${key}`;
  if (key === 'not') {
    const node = readNode(inner, at, depth + 1, reading);
    return node && { not: node };
  }
  if (key === 'all' || key === 'any') {
    if (!Array.isArray(inner) || inner.length === 0) {
      return fault(at, 'list', mustBe('what.conditions'));
    }
    const nodes = inner.flatMap((one, index) => readNode(one, `${at}[${index}]`, depth + 1, reading) ?? []);
    return key === 'all' ? { all: nodes } : { any: nodes };
  }
  if (!names.includes(key)) return null;
  const leaf = kind.read(key, inner, at);
  if ('leaf' in leaf) return leaf.leaf;
  faults.push(...leaf.faults);
  return null;
}

/** The text of a leaf without blanks around it, or the fault of what is none. */
export function readText(inner: unknown, at: string): { text: string } | { faults: Fault[] } {
  if (typeof inner === 'string' && inner.trim() !== '' && inner.length <= LONGEST_CRITERION) {
    return { text: inner.trim() };
  }
  return { faults: [{ path: at, code: 'text', ...mustBe('what.text', { min: 1, max: LONGEST_CRITERION }) }] };
}

/** Whether a condition holds, and why. */
export interface ConditionVerdict {
  matched: boolean;
  /** Where the part stands that decided, such as `when.all[1].addressIn`. */
  path: string;
  why: readonly MessageDescriptor[];
  /** The most specific network that matched. */
  network: IpNetwork | null;
}

/** What nobody has said matches nothing; `not` of it therefore holds. */
export function judgeTree<Leaf extends object>(
  tree: ConditionTree<Leaf>,
  path: string,
  judgeLeaf: (leaf: Leaf, path: string) => ConditionVerdict,
): ConditionVerdict {
  const node = nodeOf(tree);
  if (node.kind === 'leaf') return judgeLeaf(node.leaf, path);
  if (node.kind === 'not') {
    const inner = judgeTree(node.node, `${path}.not`, judgeLeaf);
    return { ...inner, matched: !inner.matched, network: null };
  }
  const verdicts = node.nodes.map((one, index) =>
    judgeTree(one, `${path}.${node.kind}[${index}]`, judgeLeaf),
  );
  if (node.kind === 'all') {
    const failed = verdicts.find((one) => !one.matched);
    return failed ?? { matched: true, path, why: whyOf(verdicts), network: narrowest(verdicts) };
  }
  const matched = verdicts.filter((one) => one.matched);
  if (matched.length > 0) return { matched: true, path, why: whyOf(matched), network: narrowest(matched) };
  return verdicts.length === 1 && verdicts[0]
    ? verdicts[0]
    : { matched: false, path: `${path}.any`, why: whyOf(verdicts), network: null };
}

function narrowest(verdicts: readonly ConditionVerdict[]): IpNetwork | null {
  const networks = verdicts.flatMap((one) => one.network ?? []);
  return networks.toSorted((a, b) => a.hostBits - b.hostBits)[0] ?? null;
}

function whyOf(verdicts: readonly ConditionVerdict[]): MessageDescriptor[] {
  return verdicts.flatMap((one) => one.why);
}
