import { stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { mongo } from 'mongoose';
import { migrationsOf, restoreUnderWay, RunningMark, withDatabase } from '#persistence';
import { ArchiveWriter } from '../archive/archive-writer.js';
import { Encryption } from '../archive/encryption.js';
import { FORMAT, type About } from '../archive/manifest.js';
import { restoredAtOf, serverKeysOf } from '../keys/database-keys.js';
import {
  fingerprintsOf,
  readKeyFiles,
  sameKeys,
  type Fingerprints,
  type KeyFiles,
} from '../keys/key-files.js';
import { adminEnv, databaseOf, keyFolderOf, type AdminEnv } from '../program/admin-env.js';
import { EXIT, type Command, type CommandContext } from '../program/command.js';
import { CommandFault, Refusal, UsageFault } from '../program/faults.js';
import { readOptions } from '../program/options.js';
import { readPassphrase } from '../program/passphrase.js';
import { ProgressLine, sizeText } from '../program/progress-line.js';
import { ownVersion } from '../program/version.js';
import { BACKUP_HELP } from './backup-help.js';
import { DatabaseBackup } from './database-backup.js';

/** `relaypoint-admin backup`. */
export const backupCommand: Command = {
  summary: 'everything of the installation in one file, while it runs',
  help: BACKUP_HELP,
  run: async (args, context) => {
    const options = readOptions(args, {
      to: { type: 'string' },
      'passphrase-file': { type: 'string' },
      'without-keys': { type: 'boolean', default: false },
      'importer-state': { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    if (options.to === undefined) throw new UsageFault('--to FILE or --to FOLDER says where the backup goes');
    const env = adminEnv(context.env);
    const begunAt = new Date();
    const path = await pathOf(options.to, begunAt);
    const importer = options['importer-state'];
    const keys: KeyFiles | null = options['without-keys']
      ? null
      : await readKeyFiles(env, importer === undefined ? [] : [join(resolve(importer), 'keys')]);
    const passphrase = await readPassphrase(options['passphrase-file'], context.env);
    if (keys && passphrase === null)
      context.terminal.write(
        'The backup holds the keys as they are: who has it can install software everywhere.\n',
      );
    const written = await withDatabase(databaseOf(env), async (db) => {
      // before it looks for a restore, which looks for programs after it has set its marker: one of both sees the other
      const mark = new RunningMark(db, 'relaypoint-admin backup');
      await mark.begin();
      try {
        return await writeBackup(db, { path, begunAt, keys, passphrase, env }, context);
      } finally {
        await mark.end();
      }
    });
    context.out.write(
      options.json ? `${JSON.stringify(written, null, 2)}\n` : `${path}: ${textOf(written)}\n`,
    );
    return EXIT.done;
  },
};

interface Wanted {
  path: string;
  begunAt: Date;
  /** Null: without keys. */
  keys: KeyFiles | null;
  passphrase: string | null;
  env: AdminEnv;
}

interface Written {
  file: string;
  bytes: number;
  begunAt: Date;
  endedAt: Date;
  encrypted: boolean;
  withKeys: boolean;
  /** By collection. */
  documents: Readonly<Record<string, number>>;
}

async function writeBackup(
  db: mongo.Db,
  { path, begunAt, keys, passphrase, env }: Wanted,
  { signal, terminal }: CommandContext,
): Promise<Written> {
  await demandNoRestore(db);
  const restoredAt = await restoredAtOf(db);
  const serverKeys = await serverKeysOf(db);
  if (keys) demandKeysOf(serverKeys, keys, env);
  const { applied: migrations } = await migrationsOf(db);
  const about: About = {
    format: FORMAT,
    version: ownVersion(),
    begunAt: begunAt.toISOString(),
    migrations,
    withKeys: keys !== null,
  };
  const encryption = passphrase === null ? null : await Encryption.by(passphrase);
  const archive = await ArchiveWriter.create(path, about, encryption);
  const progress = new ProgressLine(terminal);
  try {
    for (const [name, content] of keys ?? []) await archive.add(`keys/${name}`, content);
    const { documents, incompleteBlobs } = await new DatabaseBackup(db, archive, {
      signal,
      begunAt,
      onProgress: (name, done, of) =>
        progress.show(() => `${name}: ${done} of about ${of} documents, ${sizeText(archive.bytes)}`),
      warn: (text) => void terminal.write(`${text}\n`),
    }).run();
    const endedAt = new Date();
    signal.throwIfAborted();
    // one that took this backup for dead, because its machine stood still
    await demandNoRestore(db);
    if ((await restoredAtOf(db)) !== restoredAt)
      throw new Refusal('the database was restored while it was read: run it again');
    await archive.finish({ endedAt: endedAt.toISOString(), serverKeys, incompleteBlobs });
    const { bytes } = archive;
    return {
      file: path,
      bytes,
      begunAt,
      endedAt,
      encrypted: encryption !== null,
      withKeys: keys !== null,
      documents,
    };
  } catch (error) {
    await archive.discard();
    throw error;
  } finally {
    progress.clear();
  }
}

/** @throws Refusal */
async function demandNoRestore(db: mongo.Db): Promise<void> {
  if (await restoreUnderWay(db))
    throw new Refusal('a restore into this database is under way, or broke off: there is half a database');
}

/** @throws CommandFault unless these are the keys that the database knows: it could not be brought back by them */
function demandKeysOf(known: Fingerprints | null, keys: KeyFiles, env: AdminEnv): void {
  const ours = fingerprintsOf(keys);
  const where = `${keyFolderOf(env)}, SERVER_SIGNING_KEY and SERVER_TOKEN_KEY`;
  if (!ours)
    throw new CommandFault(
      `the server's keys are not in ${where}: set RELAYPOINT_STATE as for the server, or say --without-keys`,
    );
  if (known && !sameKeys(known, ours))
    throw new CommandFault(
      `the keys in ${where} are not those of this database: it knows the server key ${known.signing}, and these have ${ours.signing}`,
    );
}

async function pathOf(to: string, at: Date): Promise<string> {
  const path = resolve(to);
  const kind = await stat(path).catch(() => null);
  if (kind?.isDirectory())
    return join(
      path,
      `relaypoint-${hostname()}-${at.toISOString().slice(0, 19).replaceAll(':', '')}Z.backup`,
    );
  if (kind) throw new Refusal(`${path} is there already; a backup replaces nothing`);
  return path;
}

function textOf({ bytes, documents, begunAt, endedAt, encrypted, withKeys }: Written): string {
  const count = Object.values(documents).reduce((sum, one) => sum + one, 0);
  const seconds = ((endedAt.getTime() - begunAt.getTime()) / 1000).toFixed(1);
  const how = `${encrypted ? 'encrypted' : 'not encrypted'}, ${withKeys ? 'with' : 'WITHOUT'} keys`;
  return `${count} documents, ${sizeText(bytes)}, ${how}, in ${seconds} s`;
}
