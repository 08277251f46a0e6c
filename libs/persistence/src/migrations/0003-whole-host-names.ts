import { domainToASCII } from 'node:url';
import {
  hostNameFrom,
  identityByName,
  isCutOf,
  NETBIOS_LENGTH,
  netbiosName,
  normaliseComputerName,
} from '#domain';
import type { mongo } from 'mongoose';
import { searchText } from '../computer.repository.js';
import type { Stored } from '../versioned-collection.js';
import { eachBatch, type Change } from './each-batch.js';
import type { Migration } from './migration.js';

/** What counts here of a computer, and of a row of an import. */
interface Named {
  _id: string;
  name: string;
  hostName?: string;
  fqdn: string | null;
  address: string | null;
  identity: string | null;
  revision: number;
  source?: { kind: string; run: string; row: number };
  raw?: readonly string[];
}

/**
 * Until now a computer had the 15 characters of its NetBIOS name, and its FQDN. Host names become whole: by the FQDN, or
 * by what stood in the file, as far as the rows of that import are there; so do rows that wait for their commit.
 *
 * Computers whose identity changes get a new revision, so that a server of the version before that has read them decides
 * anew. It leaves the host name out of what it writes; the identity by name has it.
 */
export const wholeHostNames: Migration = {
  name: '0003-whole-host-names',
  needs: null,
  up: async ({ db }) => {
    const computers = db.collection<Stored>('computers');
    const rows = db.collection<Stored>('importRows');
    await eachBatch<Named>(computers, { hostName: { $exists: false } }, async (batch) => {
      const found = await readNames(rows, batch);
      return batch.map((one) => withHostName(one, found.get(one._id)));
    });
    const runs = await db.collection<Stored>('importRuns').find({ state: 'previewed' }).toArray();
    for (const { _id: run } of runs) {
      const open = { run, verdict: { $in: ['new', 'changed'] }, hostName: { $exists: false } };
      await eachBatch<Named>(rows, open, (batch) =>
        Promise.resolve(batch.map((row) => withHostName(row, row.raw && wholeNameIn(row.raw, row)))),
      );
    }
  },
};

/** The whole names that the files had, of computers that nothing else tells them of. */
async function readNames(
  rows: mongo.Collection<Stored>,
  computers: readonly Named[],
): Promise<Map<string, string>> {
  const cut = computers.filter(({ name, fqdn }) => fqdn === null && name.length === NETBIOS_LENGTH);
  const ids = cut.map(({ source }) => `${source?.run}:${source?.row}`);
  const found = await rows.find({ _id: { $in: ids } }).toArray();
  const rawOf = new Map(found.map((row) => [row._id, (row as unknown as Named).raw ?? []]));
  const names = new Map<string, string>();
  for (const [index, computer] of cut.entries()) {
    const whole = wholeNameIn(rawOf.get(ids[index] ?? '') ?? [], computer);
    if (whole !== undefined) names.set(computer._id, whole);
  }
  return names;
}

/** The host name in the cells of a row that this NetBIOS name is the beginning of. */
function wholeNameIn(cells: readonly string[], { name, fqdn }: Named): string | undefined {
  if (fqdn !== null || name.length !== NETBIOS_LENGTH) return undefined;
  for (const cell of cells) {
    const read = normaliseComputerName(cell, domainToASCII);
    if (read.ok && isCutAtAll(name, read.hostName)) return read.hostName;
  }
  return undefined;
}

/** The version before cut international names as well. */
function isCutAtAll(cut: string, whole: string): boolean {
  return (
    isCutOf(cut, whole) || (whole.startsWith('XN--') && whole.length > cut.length && whole.startsWith(cut))
  );
}

function withHostName(one: Named, read: string | undefined): Change {
  const hostName = read ?? hostNameFrom(one);
  const name = isCutAtAll(one.name, hostName) ? netbiosName(hostName) : one.name;
  const names = { name, hostName, fqdn: one.fqdn };
  const isByName = one.identity?.startsWith('name:') === true;
  const identity = read !== undefined && isByName ? identityByName(names) : one.identity;
  const isComputer = one.source !== undefined;
  const isOther = name !== one.name || identity !== one.identity;
  return {
    filter: { _id: one._id, revision: one.revision },
    update: {
      $set: {
        name,
        hostName,
        identity,
        ...(isComputer && {
          nameKey: one.fqdn ?? hostName,
          search: searchText({ ...names, address: one.address }),
          revision: isOther ? one.revision + 1 : one.revision,
        }),
      },
    },
  };
}
