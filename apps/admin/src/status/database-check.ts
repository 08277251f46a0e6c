import type { mongo } from 'mongoose';
import { databaseClockFault, migrationsOf, restoreUnderWay, withDatabase } from '#persistence';
import { EnvironmentFault } from '#runtime';
import { serverKeysOf } from '../keys/database-keys.js';
import { fingerprintsOf, readKeyFiles, sameKeys } from '../keys/key-files.js';
import { type AdminEnv, databaseOf, keyFolderOf } from '../program/admin-env.js';
import type { Finding } from './finding.js';

/** What is wrong with the database, and between it and the keys of this machine. */
export async function checkDatabase(env: AdminEnv): Promise<Finding[]> {
  try {
    return await withDatabase(databaseOf(env), async (db) => [
      ...(await checkClock(env)),
      ...(await checkRestore(db)),
      ...(await checkMigrations(db)),
      ...(await checkKeys(db, env)),
    ]);
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    if (error instanceof EnvironmentFault)
      return [{ where: 'database', what, todo: 'docs/operations.md, "Environment"' }];
    return [
      {
        where: 'database',
        what: `cannot be used: ${what}`,
        todo: 'docs/runbooks/RelaypointDatabaseAway.md',
      },
    ];
  }
}

/** Programs do not start with such a clock; what this one does, it can do all the same. */
async function checkClock(env: AdminEnv): Promise<Finding[]> {
  const what = await databaseClockFault(databaseOf(env));
  return what === undefined ? [] : [{ where: 'database', what, todo: 'docs/operations.md, "Environment"' }];
}

async function checkRestore(db: mongo.Db): Promise<Finding[]> {
  const marker = await restoreUnderWay(db);
  if (!marker) return [];
  const since = `begun on ${marker.host} at ${marker.at.toISOString()}`;
  return [
    {
      where: 'database',
      what: `a restore of ${marker.backup} is under way or broke off (${since}); no program starts`,
      todo: 'wait for it, or run "relaypoint-admin restore" again',
    },
  ];
}

async function checkMigrations(db: mongo.Db): Promise<Finding[]> {
  const { lacking, later } = await migrationsOf(db);
  const findings: Finding[] = [];
  if (later.length > 0)
    findings.push({
      where: 'database',
      what: `a later version of Relaypoint has migrated it (${later.join(', ')})`,
      todo: 'run that version, or restore the backup from before',
    });
  if (lacking.length > 0)
    findings.push({
      where: 'database',
      what: `migrations have not been run: ${lacking.join(', ')}`,
      todo: 'start a server of this version, and look at its log for "migration"',
    });
  return findings;
}

async function checkKeys(db: mongo.Db, env: AdminEnv): Promise<Finding[]> {
  const todo = 'docs/operations.md, "The server does not start, because the database belongs to other keys"';
  const known = await serverKeysOf(db);
  if (!known)
    return [{ where: 'keys', what: 'no server has ever run on this database', todo: 'start a server' }];
  try {
    const ours = fingerprintsOf(await readKeyFiles(env));
    if (!ours)
      return [
        {
          where: 'keys',
          what: `the server's keys are not in ${keyFolderOf(env)}`,
          todo: 'set RELAYPOINT_STATE as for the server, or bring its folder "keys" back from the backup',
        },
      ];
    if (sameKeys(known, ours)) return [];
    return [
      { where: 'keys', what: `the database knows ${known.signing}, this machine has ${ours.signing}`, todo },
    ];
  } catch (error) {
    return [{ where: 'keys', what: error instanceof Error ? error.message : String(error), todo }];
  }
}
