import { parseAddress, parseNetwork, highestAddress, type IpAddress } from '../location/ip-network.js';
import { leavesOf } from '../location/condition-tree.js';
import { nameKey } from '../location/location-criterion.js';
import { compileCondition, type AssignmentFacts, type AssignmentLeaf } from './assignment-criterion.js';
import { inRuleOrder, type AssignmentRule } from './assignment-rule.js';
import { dnKey } from './distinguished-name.js';

/** Two rules that one row can match both; the first one has it. */
export interface AssignmentOverlap {
  rules: readonly [first: AssignmentRule, second: AssignmentRule];
  /** Every row that the second matches, the first has: it never chooses. */
  isShadowed: boolean;
  /** What a row that both match says, in the words of their criteria. */
  example: readonly { name: string; value: string }[];
}

/** Combinations that are looked at for one pair. */
const MOST_COMBINATIONS = 5_000;

/**
 * Whether one row can match two rules of different DPs. Only the values that the rules name matter, and one that none of
 * them names: trying those finds an example wherever the criteria are values; of patterns it finds the usual ones.
 *
 * @returns null when no row is found that both match, or both say the same of it
 */
export function assignmentOverlap(a: AssignmentRule, b: AssignmentRule): AssignmentOverlap | null {
  const [first, second] = inRuleOrder(a, b) < 0 ? [a, b] : [b, a];
  if (first.tenant !== second.tenant) return null;
  // rules of two directories are never asked together
  if (first.directory !== null && second.directory !== null && first.directory !== second.directory)
    return null;
  if (first.target === second.target && first.dp === second.dp) return null;
  const axes = axesOf([...leavesOf(first.when), ...leavesOf(second.when)]);
  const [hasFirst, hasSecond] = [compileCondition(first.when), compileCondition(second.when)];
  let example: Combination | null = null;
  let isShadowed = first.directory === null || first.directory === second.directory;
  let left = MOST_COMBINATIONS;
  for (const combination of combinations(axes)) {
    left -= 1;
    if (left < 0) {
      isShadowed = false;
      break;
    }
    const facts = factsOf(combination);
    if (!hasSecond(facts)) continue;
    if (hasFirst(facts)) example ??= combination;
    else isShadowed = false;
    if (example && !isShadowed) break;
  }
  if (!example) return null;
  const said = example.flatMap(({ name, shown }) => (shown === null ? [] : [{ name, value: shown }]));
  return { rules: [first, second], isShadowed, example: said };
}

interface Choice {
  name: string;
  /** Null: the row does not say it. */
  shown: string | null;
  set: Partial<AssignmentFacts> & { column?: readonly [name: string, value: string]; group?: string };
}
type Combination = readonly Choice[];

function* combinations(
  axes: readonly (readonly Choice[])[],
  chosen: Combination = [],
): Generator<Combination> {
  const [axis, ...rest] = axes;
  if (!axis) yield chosen;
  else for (const choice of axis) yield* combinations(rest, [...chosen, choice]);
}

function factsOf(combination: Combination): AssignmentFacts {
  const cells = new Map<string, string>();
  const groups = new Set<string>();
  const facts = { names: [], addresses: [], ou: null, adSite: null, dnsSuffix: null };
  const said = combination.reduce<Partial<AssignmentFacts>>((all, { set }) => {
    const { column, group, ...rest } = set;
    if (column) cells.set(column[0], column[1]);
    if (group !== undefined) groups.add(group);
    return { ...all, ...rest };
  }, facts);
  return { ...facts, ...said, groups, cell: (column) => cells.get(column.toLowerCase()) ?? null };
}

function axesOf(leaves: readonly AssignmentLeaf[]): Choice[][] {
  const axes: Choice[][] = [];
  const axis = (name: string, choices: readonly (readonly [shown: string, set: Choice['set']])[]): void => {
    if (choices.length === 0) return;
    axes.push([...choices.map(([shown, set]) => ({ name, shown, set })), { name, shown: null, set: {} }]);
  };
  const columns = Map.groupBy(
    leaves.flatMap((leaf) => ('column' in leaf ? [leaf.column] : [])),
    ({ name }) => name.toLowerCase(),
  );
  for (const [name, asked] of columns) {
    const values = samplesOf(asked.map(({ is }) => is));
    axis(
      asked[0]?.name ?? name,
      values.map((value) => [value, { column: [name, value] }] as const),
    );
  }
  const texts = (pick: (leaf: AssignmentLeaf) => string | null): string[] => [
    ...new Set(leaves.flatMap((leaf) => pick(leaf) ?? [])),
  ];
  axis(
    'ou',
    texts((leaf) => ('ou' in leaf ? leaf.ou : null)).map((ou) => [ou, { ou: dnKey(ou) }] as const),
  );
  axis(
    'addressIn',
    addressSamples(texts((leaf) => ('addressIn' in leaf ? leaf.addressIn : null))).map(
      ([shown, address]) => [shown, { addresses: [address] }] as const,
    ),
  );
  axis(
    'adSite',
    texts((leaf) => ('adSite' in leaf ? leaf.adSite : null)).map(
      (site) => [site, { adSite: nameKey(site) }] as const,
    ),
  );
  axis(
    'dnsSuffix',
    texts((leaf) => ('dnsSuffix' in leaf ? leaf.dnsSuffix : null)).map(
      (suffix) => [suffix, { dnsSuffix: nameKey(suffix) }] as const,
    ),
  );
  axis(
    'name',
    samplesOf(texts((leaf) => ('name' in leaf ? leaf.name : null))).map(
      (name) => [name, { names: [name] }] as const,
    ),
  );
  // a computer may be in each of the groups or not: an axis for each
  for (const group of texts((leaf) => ('group' in leaf ? leaf.group : null))) {
    axis('group', [[group, { group: dnKey(group) }]]);
  }
  return axes;
}

/** Texts that patterns match, alone and, where that can be, together. */
function samplesOf(patterns: readonly string[]): string[] {
  const samples = new Set<string>();
  for (const pattern of patterns) {
    const single = pattern.replaceAll('?', 'x');
    samples.add(single.replaceAll('*', ''));
    samples.add(single.replaceAll('*', 'x'));
    for (const other of patterns) {
      if (other !== pattern) samples.add(single.replace('*', other.replace(/[*?]/g, '')).replaceAll('*', ''));
      samples.add(`${single.split('*')[0] ?? ''}${other.replaceAll('?', 'x').split('*').at(-1) ?? ''}`);
    }
  }
  return [...samples].filter((sample) => sample !== '');
}

/** For each network an address in it, and one that stands just behind it. */
function addressSamples(networks: readonly string[]): [string, IpAddress][] {
  return networks.flatMap((text): [string, IpAddress][] => {
    const network = parseNetwork(text);
    const first = parseAddress(text);
    if ('fault' in network || !first) return [];
    const behind = network.last + 1n;
    const inside: [string, IpAddress] = [text, { family: network.family, value: network.first }];
    return behind > highestAddress(network.family)
      ? [inside]
      : [inside, [`≠ ${text}`, { family: network.family, value: behind }]];
  });
}
