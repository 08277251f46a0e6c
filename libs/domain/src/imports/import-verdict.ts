import { type Computer, type Inventory } from '../computers/computer.js';
import { isRegistered } from '../computers/computer-state.js';
import { isCutOf, type HostNames } from '../computers/host-name.js';
import { identityByGuid, identityByName, nameKeyOf } from './computer-name.js';
import type { DirectoryId, DpId } from '../base/ids.js';
import type { ImportCandidate } from './import-candidate.js';
import { fromDirectory, matchRow, type ImportMatch, type KnownComputers } from './import-match.js';
import { KEEPS_DP, type DpChoice } from './assignment.js';
import { type AssignedBy, type WithoutDp } from './chosen-dp.js';
import type { ImportVerdict } from './import-run.js';
import type { MessageDescriptor, TextKey, TextParams } from '#texts';
import { importMessage, type ImportMessage, type ImportMessageCode } from './import-texts.js';

/** What a run says for all of its rows. */
export interface RunRules {
  directory: DirectoryId | null;
  /** What becomes of new rows without a DP; null: the commit asks. */
  withoutDp: WithoutDp | null;
}

/** Fields of a known computer that an import brings up to date; `name` is both the NetBIOS and the host name. */
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
  /** The known computer that it may be about, for a person to decide. */
  namesake: Computer | null;
  changes: readonly ImportChange[];
  messages: readonly ImportMessage[];
  /** What chose its DP; null where it has none to choose. */
  assignedBy: AssignedBy | null;
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
 *
 * @param choice by `assignDp`
 * @param same the computer that the row is about, by a person's decision
 */
export function decideRow(
  row: ImportCandidate,
  choice: Pick<DpChoice, 'dp' | 'by' | 'refusal'>,
  rules: RunRules,
  known: KnownComputers,
  same?: Computer,
): RowDecision {
  const identity = identityOf(row);
  const messages = [...row.messages];
  const say = (code: ImportMessageCode, key: TextKey, params?: TextParams): void => {
    messages.push(rowMessage(row, code, key, params));
  };
  const decided = (
    verdict: ImportVerdict,
    computer: Computer | null,
    dp: DpId | null,
    assignedBy: AssignedBy | null = verdict === 'known' || verdict === 'changed' ? KEEPS_DP : choice.by,
  ): RowDecision => ({
    verdict,
    identity,
    dp,
    computer,
    namesake: null,
    changes: [],
    messages,
    assignedBy,
  });

  const match: ImportMatch = same ? { kind: 'linked', computer: same } : matchRow(row, known);
  const computer = match.kind === 'known' || match.kind === 'linked' ? match.computer : null;
  if (row.excluded) {
    messages.push(row.excluded);
    // a known computer that the directory has disabled is held back by that
    if (row.excluded.code === 'DISABLED' && row.guid !== null && computer && !isRegistered(computer.state)) {
      const changes = changesOf(row, computer, rules.directory).filter((change) => change === 'enabled');
      if (changes.length > 0) return { ...decided('changed', computer, computer.dp.fixed, null), changes };
    }
    return decided('excluded', computer, computer?.dp.fixed ?? null, null);
  }

  // what a rule says is for computers to come; what stands in the file is wrong whoever it is about
  const { dp, refusal } = choice;
  if (refusal && (computer === null || choice.by.by !== 'rule')) {
    say(refusal.code, refusal.key, refusal.params);
    return { ...decided('rejected', computer, null), identity: null };
  }

  if (match.kind === 'taken') {
    say('NAME_TAKEN', 'row.otherObject', { name: nameKeyOf(row) });
    return decided('rejected', null, dp);
  }
  if (match.kind === 'none') {
    if (match.sameName) {
      say('SAME_NETBIOS', 'row.sameNetbiosKnown', { name: nameKeyOf(match.sameName) });
    }
    if (dp === null && rules.withoutDp === 'reject') {
      say('NO_DP_CHOSEN', 'row.noDpRejected');
      return { ...decided('rejected', null, null), identity: null };
    }
    if (dp === null) say('NO_DP', rules.withoutDp === 'server' ? 'row.noDp' : 'row.noDpYet');
    return { ...decided('new', null, dp), namesake: isAnother(row, match.sameName) ? null : match.sameName };
  }

  const found = match.computer;
  if (isRegistered(found.state)) {
    say('REGISTERED', 'row.registered', { name: found.hostName });
    return decided('known', found, found.dp.assigned);
  }
  const isMoved = match.kind === 'known' && hasMoved(row, found);
  if (dp !== null && dp !== found.dp.fixed && !isMoved) {
    const { key, params } = dpFixedText(found);
    if (choice.by.by !== 'rule') {
      say('DP_FIXED', key, params);
      return decided('rejected', found, dp);
    }
    say('DP_STAYS', 'row.dpStays', { rule: choice.by.name ?? '', dp, why: { key, params: params ?? {} } });
  }
  if (match.kind === 'linked') {
    say('LINKED', 'row.linked', { name: nameKeyOf(row), known: nameKeyOf(found) });
  }
  if (isMoved) {
    say('MOVED', found.dp.fixed ? 'row.movedFixed' : 'row.movedDirect', {
      name: found.hostName,
      from: found.inventory.ou ?? '',
      to: row.inventory.ou ?? '',
      dp: found.dp.fixed ?? '',
    });
  }
  const changes = changesOf(row, found, rules.directory);
  const renamed = changes.includes('name') || changes.includes('fqdn');
  if (renamed && found.openOrder) {
    say('RENAME_WAITS', 'row.renameWaits', { name: found.hostName });
    const rest = changes.filter((change) => change !== 'name' && change !== 'fqdn');
    return { ...decided(rest.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes: rest };
  }
  if (renamed) {
    const owner = known.byNameKey(nameKeyOf(newNames(row, found)));
    if (owner && owner.id !== found.id) {
      say('NAME_TAKEN', 'row.nameTaken', { known: found.hostName, name: nameKeyOf(row) });
      return decided('rejected', found, found.dp.fixed);
    }
    if (match.kind === 'known')
      say('RENAMED', 'row.renamed', { name: nameKeyOf(found), renamed: nameKeyOf(row) });
  }
  return { ...decided(changes.length > 0 ? 'changed' : 'known', found, found.dp.fixed), changes };
}

/** Its DP was chosen by where it stood (R2): who moves it before it is installed has to know that the DP stays. */
function hasMoved(row: ImportCandidate, { inventory }: Computer): boolean {
  const { ou } = row.inventory;
  return row.guid !== null && ou !== null && inventory.ou !== null && ou !== inventory.ou;
}

export function dpFixedText({ hostName: name, dp }: Computer): MessageDescriptor {
  return dp.fixed
    ? { key: 'row.dpFixedTo', params: { name, dp: dp.fixed } }
    : { key: 'row.dpFixedNone', params: { name } };
}

/** Two objects of a directory are two computers, and so is one with another FQDN: a directory knows its names best. */
function isAnother(row: ImportCandidate, sameName: Computer | null): boolean {
  if (row.guid === null || !sameName) return false;
  return fromDirectory(sameName) || (sameName.fqdn !== null && row.fqdn !== null);
}

type Names = Pick<ImportCandidate, 'name' | 'hostName' | 'fqdn' | 'guid' | 'isSame'>;

/** A file may add to a name, an FQDN or what NetBIOS had cut off, but not change it; a directory knows its names best, and so does a person. */
function newNames(row: Names, computer: Computer): HostNames {
  const { name, hostName, fqdn } = computer;
  if (row.guid !== null || (row.isSame && !fromDirectory(computer))) {
    const isCut = isCutOf(row.hostName, hostName);
    return { name: row.name, hostName: isCut ? hostName : row.hostName, fqdn: row.fqdn ?? fqdn };
  }
  return {
    name,
    hostName: isCutOf(hostName, row.hostName) ? row.hostName : hostName,
    fqdn: fqdn ?? row.fqdn,
  };
}

const INVENTORY_CHANGES = ['os', 'version', 'description', 'location', 'ou', 'enabled', 'lastLogon'] as const;

function changesOf(row: ImportCandidate, computer: Computer, directory: DirectoryId | null): ImportChange[] {
  const changed = applyRow(row, directory, computer, IMPORT_CHANGES);
  const changes: ImportChange[] = [];
  if (changed.name !== computer.name || changed.hostName !== computer.hostName) changes.push('name');
  for (const field of ['fqdn', 'identity', 'address'] as const) {
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
  row: Names & Pick<ImportCandidate, 'address' | 'inventory'>,
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
  const hostName = takes.has('name') ? names.hostName : computer.hostName;
  let identity = computer.identity;
  if (row.guid !== null && takes.has('identity')) identity = identityByGuid(row.guid);
  else if (identity.startsWith('name:') && (takes.has('fqdn') || takes.has('name')))
    identity = identityByName({ hostName, fqdn });
  return {
    ...computer,
    name,
    hostName,
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
