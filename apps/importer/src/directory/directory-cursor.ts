import type { DirectoryCursor } from '#domain';
import type { DirectorySession } from './directory-session.js';
import { bytesOf, guidOf, numberOf, textOf } from './directory-values.js';

/** The first in the spelling of AD; other servers have it in that of its schema. */
const ROOT = ['dnsHostName', 'highestCommittedUSN', 'dsServiceName'];
const INVOCATION = ['invocationId'];

/**
 * How far the server is now; to be asked before the search, so that what changes meanwhile is found once more rather than
 * never. Null: it keeps no update sequence numbers (only AD and servers like it do), or does not tell whose they are.
 */
export async function cursorOf(session: DirectorySession): Promise<DirectoryCursor | null> {
  const root = await session.entry({ base: '', attributes: ROOT });
  const usn = numberOf(root?.['highestCommittedUSN']);
  const service = textOf(root?.['dsServiceName']);
  if (!root || usn === null || service === null) return null;
  const settings = await session.entry({ base: service, attributes: INVOCATION, binary: INVOCATION });
  const invocation = guidOf(bytesOf(settings?.['invocationId']));
  if (invocation === null) return null;
  const name = textOf(root['dnsHostName']) ?? textOf(root['dNSHostName']) ?? service;
  return { server: name.toLowerCase(), invocation, usn };
}

/** Whether what has changed since `before` can be told from `now`: the same server, and one that has not been put back. */
export function goesOn(before: DirectoryCursor, now: DirectoryCursor | null): now is DirectoryCursor {
  return (
    now !== null &&
    now.server === before.server &&
    now.invocation === before.invocation &&
    now.usn >= before.usn
  );
}
