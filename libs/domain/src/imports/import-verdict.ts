import { type Computer, type Inventory } from '../computers/computer.js';
import { isRegistered } from '../computers/computer-state.js';
import { identityByGuid, identityByName, nameKeyOf } from './computer-name.js';
import type { DirectoryId, DpId } from '../base/ids.js';
import type { ImportCandidate } from './import-candidate.js';
import { matchRow, type KnownComputers } from './import-match.js';
import type { ImportVerdict } from './import-run.js';
import type { MessageDescriptor, TextKey, TextParams } from '#texts';
import { importMessage, type ImportMessage, type ImportMessageCode } from './import-texts.js';

/** What a run says for all of its rows. */
export interface RunRules {
  /** The run's DP. */
  dp: DpId | null;
  /** Whether a row's own DP counts. */
  dpFromRow: boolean;
  /** DPs that the tenant may use. */
  dps: ReadonlySet<string>;
  directory: DirectoryId | null;
}

/** Fields of a known computer that an import brings up to date. */
export const IMPORT_CHANGES = [
  'name',
  'fqdn',
  'identity',
  'address',
  'os',
  'version',
  'description',
  'location',
  'ou',
  'enabled',
  'lastLogon',
  'directory',
] as const;
export type ImportChange = (typeof IMPORT_CHANGES)[number];

export interface RowDecision {
  verdict: ImportVerdict;
  /** Null when the row is no computer of its own. */
  identity: string | null;
  dp: DpId | null;
  /** The known computer it is about. */
  computer: Computer | null;
  changes: readonly ImportChange[];
  messages: readonly ImportMessage[];
}

export function identityOf(row: Names): string {
  return row.guid === null ? identityByName(row) : identityByGuid(row.guid);
}

/** Messages on rows of a file carry their line; entries of a directory have none. */
export function rowMessage(
  row: Pick<ImportCandidate, 'line' | 'guid'>,
  code: ImportMessageCode,
  key: TextKey,
  params: TextParams = {},
): ImportMessage {
  return row.guid === null
    ? importMessage(code, 'row.line', { line: row.line, what: { key, params } })
    : importMessage(code, key, params);
}

/**
 * Decides what an import makes of a row: exactly one verdict (R1). Never changes the DP of a known computer
 * (R2); one that is registered stays as it is, because location rules decide its DP (R10).
 */
export function decideRow(row: ImportCandidate, rules: RunRules, known: KnownComputers): RowDecision {
  const identity = identityOf(row);
  const messages = [...row.messages];
  const say = (code: ImportMessageCode, key: TextKey, params?: TextParams): void => {
    messages.push(rowMessage(row, code, key, params));
  };
  const decided = (verdict: ImportVerdict, computer: Computer | null, dp: DpId | null): RowDecision => ({
    verdict,
    identity,
    dp,
    computer,
    changes: [],
    messages,
  });

  const match = matchRow(row, known);
  const computer = match.kind === 'known' || match.kind === 'linked' ? match.computer : null;
  if (row.excluded) {
    messages.push(row.excluded);
    return decided('excluded', computer, computer?.dp.fixed ?? null);
  }

  const ownDp = rules.dpFromRow ? row.dp : null;
  if (ownDp !== null && !rules.dps.has(ownDp)) {
    say('UNKNOWN_DP', 'row.unknownDp', { dp: ownDp.slice(0, 60) });
    return { ...decided('rejected', computer, null), identity: null };
  }
  const dp = (ownDp as DpId | null) ?? rules.dp;

  if (match.kind === 'taken') {
    say('NAME_TAKEN', 'row.otherObject', { name: nameKeyOf(row) });
    return decided('rejected', null, dp);
  }
  if (match.kind === 'none') {
    if (match.sameName) {
      say('SAME_NETBIOS', 'row.sameNetbiosKnown', { name: nameKeyOf(match.sameName) });
    }
    if (dp === null) say('NO_DP', 'row.noDp');
    return decided('new', null, dp);
  }

  const found = match.computer;
  if (isRegistered(found.state)) {
    say('REGISTERED', 'row.registered', { name: found.name });
    return decided('known', found, found.dp.assigned);
  }
  if (dp !== null && dp !== found.dp.fixed) {
    const { key, params } = dpFixedText(found);
    say('DP_FIXED', key, params);
    return decided('rejected', found, dp);
  }
  if (match.kind === 'linked') {
    say('LINKED', 'row.linked', { name: nameKeyOf(row), known: nameKeyOf(found) });
  }
  const changes = changesOf(row, found, rules.directory);
  const renamed = changes.includes('name') || changes.includes('fqdn');
  if (renamed && found.openOrder) {
    say('RENAME_WAITS', 'row.renameWaits', { name: found.name });
    const rest = changes.filter((change) => change !== 'name' && change !== 'fqdn');
    return { ...decided(rest.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes: rest };
  }
  if (renamed) {
    const owner = known.byNameKey(nameKeyOf(newNames(row, found)));
    if (owner && owner.id !== found.id) {
      say('NAME_TAKEN', 'row.nameTaken', { known: found.name, name: nameKeyOf(row) });
      return decided('rejected', found, found.dp.fixed);
    }
    if (match.kind === 'known')
      say('RENAMED', 'row.renamed', { name: nameKeyOf(found), renamed: nameKeyOf(row) });
  }
  return { ...decided(changes.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes };
}

export function dpFixedText({ name, dp }: Computer): MessageDescriptor {
  return dp.fixed
    ? { key: 'row.dpFixedTo', params: { name, dp: dp.fixed } }
    : { key: 'row.dpFixedNone', params: { name } };
}

type Names = Pick<ImportCandidate, 'name' | 'fqdn' | 'guid'>;

/** A file may add an FQDN but not change a name; a directory knows its names best. */
function newNames(row: Names, computer: Computer): { name: string; fqdn: string | null } {
  if (row.guid !== null) return { name: row.name, fqdn: row.fqdn ?? computer.fqdn };
  return { name: computer.name, fqdn: computer.fqdn ?? row.fqdn };
}

const INVENTORY_CHANGES = ['os', 'version', 'description', 'location', 'ou', 'enabled', 'lastLogon'] as const;

function changesOf(row: ImportCandidate, computer: Computer, directory: DirectoryId | null): ImportChange[] {
  const changed = applyRow(row, directory, computer, IMPORT_CHANGES);
  const changes: ImportChange[] = [];
  for (const field of ['name', 'fqdn', 'identity', 'address'] as const) {
    if (changed[field] !== computer[field]) changes.push(field);
  }
  for (const field of INVENTORY_CHANGES) {
    if (!sameValue(changed.inventory[field], computer.inventory[field])) changes.push(field);
  }
  if (changed.source.directory !== computer.source.directory) changes.push('directory');
  return changes;
}

const sameValue = (a: string | boolean | Date | null, b: string | boolean | Date | null): boolean =>
  a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : a === b;

/** The computer with the named fields brought up to date; what the row says nothing of stays. */
export function applyRow(
  row: Pick<ImportCandidate, 'name' | 'fqdn' | 'guid' | 'address' | 'inventory'>,
  directory: DirectoryId | null,
  computer: Computer,
  fields: readonly ImportChange[],
): Computer {
  const takes = new Set<ImportChange>(fields);
  const names = newNames(row, computer);
  const take = <F extends keyof Inventory>(field: F): Inventory[F] =>
    takes.has(field) ? (row.inventory[field] ?? computer.inventory[field]) : computer.inventory[field];
  const inventory: Inventory = {
    os: take('os'),
    version: take('version'),
    description: take('description'),
    location: take('location'),
    ou: take('ou'),
    enabled: take('enabled'),
    lastLogon: take('lastLogon'),
  };
  const fqdn = takes.has('fqdn') ? names.fqdn : computer.fqdn;
  const name = takes.has('name') ? names.name : computer.name;
  let identity = computer.identity;
  if (row.guid !== null && takes.has('identity')) identity = identityByGuid(row.guid);
  else if (identity.startsWith('name:') && takes.has('fqdn')) identity = identityByName({ name, fqdn });
  return {
    ...computer,
    name,
    fqdn,
    identity,
    address: takes.has('address') ? (row.address ?? computer.address) : computer.address,
    inventory,
    source: {
      ...computer.source,
      directory: takes.has('directory')
        ? (directory ?? computer.source.directory)
        : computer.source.directory,
    },
  };
}
