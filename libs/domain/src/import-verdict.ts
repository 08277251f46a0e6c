import { type Computer, type Inventory } from './computer.js';
import { isRegistered } from './computer-state.js';
import { identityByGuid, identityByName, nameKeyOf } from './computer-name.js';
import type { DirectoryId, DpId } from './ids.js';
import type { ImportCandidate } from './import-candidate.js';
import { matchRow, type KnownComputers } from './import-match.js';
import type { ImportVerdict } from './import-run.js';
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
  text: string,
): ImportMessage {
  return importMessage(code, row.guid === null ? `Line ${row.line}: ${text}` : text);
}

/**
 * Decides what an import makes of a row: exactly one verdict (imports.md). Never changes the DP of a known computer
 * (R2); one that is registered stays as it is, because location rules decide its DP (R10).
 */
export function decideRow(row: ImportCandidate, rules: RunRules, known: KnownComputers): RowDecision {
  const identity = identityOf(row);
  const messages = [...row.messages];
  const say = (code: ImportMessageCode, text: string): void => {
    messages.push(rowMessage(row, code, text));
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
    say('UNKNOWN_DP', `The tenant has no distribution point "${ownDp.slice(0, 60)}"`);
    return { ...decided('rejected', computer, null), identity: null };
  }
  const dp = (ownDp as DpId | null) ?? rules.dp;

  if (match.kind === 'taken') {
    say(
      'NAME_TAKEN',
      `${nameKeyOf(row)} is known as another object of the directory (the computer was joined anew?). ` +
        'Delete the known computer, then import it again',
    );
    return decided('rejected', null, dp);
  }
  if (match.kind === 'none') {
    if (match.sameName) {
      say('SAME_NETBIOS', `Same NetBIOS name as the known computer ${nameKeyOf(match.sameName)}`);
    }
    if (dp === null) say('NO_DP', 'No distribution point; the server DP installs it');
    return decided('new', null, dp);
  }

  const found = match.computer;
  if (isRegistered(found.state)) {
    say('REGISTERED', `${found.name} is registered already; location rules decide its distribution point`);
    return decided('known', found, found.dp.assigned);
  }
  if (dp !== null && dp !== found.dp.fixed) {
    say('DP_FIXED', dpFixedText(found));
    return decided('rejected', found, dp);
  }
  if (match.kind === 'linked') {
    say('LINKED', `${nameKeyOf(row)} is the computer known as ${nameKeyOf(found)}`);
  }
  const changes = changesOf(row, found, rules.directory);
  const renamed = changes.includes('name') || changes.includes('fqdn');
  if (renamed && found.openOrder) {
    say('RENAME_WAITS', `${found.name} has an open order; its new name is taken at a later import`);
    const rest = changes.filter((change) => change !== 'name' && change !== 'fqdn');
    return { ...decided(rest.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes: rest };
  }
  if (renamed) {
    const owner = known.byNameKey(nameKeyOf(newNames(row, found)));
    if (owner && owner.id !== found.id) {
      say('NAME_TAKEN', nameTakenText(row, found.name));
      return decided('rejected', found, found.dp.fixed);
    }
    if (match.kind === 'known') say('RENAMED', `${nameKeyOf(found)} is now ${nameKeyOf(row)}`);
  }
  return { ...decided(changes.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes };
}

/**
 * Why a renamed computer is left alone, and what helps: two that swap their names each wait for the other one.
 *
 * @param known the name that it is known by
 */
export function nameTakenText(row: Pick<ImportCandidate, 'name' | 'fqdn'>, known?: string): string {
  return (
    `${known ?? 'The computer'} cannot take the name ${nameKeyOf(row)}: another computer has it. ` +
    'If that one gets a new name by this import, import again afterwards; ' +
    'if the two swapped their names, or it is no longer there, delete it and import again'
  );
}

export function dpFixedText(computer: Computer): string {
  const has = computer.dp.fixed
    ? `is known with distribution point ${computer.dp.fixed}`
    : 'is known without a distribution point (the server DP installs it)';
  return (
    `${computer.name} ${has}, fixed until its installation has finished. ` +
    'To change that, delete the computer and import it again'
  );
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
