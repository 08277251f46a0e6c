import { hostname } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { mongo } from 'mongoose';
import {
  beginRestore,
  endRestore,
  isOwnRestore,
  notedPrograms,
  restoreUnderWay,
  RunningMark,
  runningPrograms,
  withDatabase,
  type RunningProgram,
} from '#persistence';
import { type AdminEnv, adminEnv, databaseOf, keyFolderOf } from '../program/admin-env.js';
import { EXIT, type Command, type CommandContext } from '../program/command.js';
import { confirmed } from '../program/confirmed.js';
import { CommandFault, Refusal, UsageFault } from '../program/faults.js';
import { readOptions } from '../program/options.js';
import { demandPassphrase } from '../program/passphrase.js';
import { ProgressLine, sizeText } from '../program/progress-line.js';
import { type VerifiedArchive, verifyArchive } from '../verify/verified-archive.js';
import { contentsOf, restoreDatabase } from './database-restore.js';
import type { Settled } from './database-state.js';
import { demandUsableKeys, keysForDisk, restoreKeys } from './key-restore.js';
import { operatorOf } from './restore-entry.js';
import { RESTORE_HELP } from './restore-help.js';

/** `relaypoint-admin restore`. */
export const restoreCommand: Command = {
  summary: 'puts the database and the keys back to what a backup holds',
  help: RESTORE_HELP,
  run: async (args, context) => {
    const options = readOptions(args, {
      from: { type: 'string' },
      replace: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      'passphrase-file': { type: 'string' },
      'importer-state': { type: 'string' },
      json: { type: 'boolean', default: false },
    });
    const { from, replace, yes } = options;
    if (from === undefined) throw new UsageFault('--from FILE says which backup');
    const env = adminEnv(context.env);
    let known: Promise<string> | undefined;
    const passphrase = (): Promise<string> =>
      (known ??= demandPassphrase(options['passphrase-file'], context.env));
    const importer = options['importer-state'];
    const restore = new Restore(
      {
        path: resolve(from),
        passphrase,
        env,
        replace,
        yes,
        importerKeys: importer === undefined ? null : join(resolve(importer), 'keys'),
      },
      context,
    );
    const done = await restore.run();
    context.out.write(options.json ? `${JSON.stringify(done, null, 2)}\n` : textOf(done));
    return EXIT.done;
  },
};

interface Wanted {
  path: string;
  passphrase: () => Promise<string>;
  env: AdminEnv;
  replace: boolean;
  yes: boolean;
  /** Folder of the importers' key; null: the server's. */
  importerKeys: string | null;
}

interface Restored extends Settled {
  backup: string;
  /** When the backup was begun. */
  from: string;
  restoredAt: Date;
  /** Paths of the key files that were written. */
  keys: string[];
  /** Where the server looks for its keys. */
  keyFolder: string;
}

/** Name of the key with which importers open what was sealed to them. */
const IMPORTER_KEY = /^importer\./;

class Restore {
  private readonly progress: ProgressLine;

  constructor(
    private readonly wanted: Wanted,
    private readonly context: CommandContext,
  ) {
    this.progress = new ProgressLine(context.terminal);
  }

  async run(): Promise<Restored> {
    const { path, passphrase, env, replace } = this.wanted;
    const { signal } = this.context;
    this.say(`${path} is verified …`);
    const archive = await verifyArchive(path, { passphrase, signal, onProgress: this.showProgress('read') });
    this.progress.clear();
    if (archive.later.length > 0)
      throw new Refusal(
        `a later version of Relaypoint made this backup (${archive.later.join(', ')}): restore it by that version`,
      );
    await demandUsableKeys(archive, env, { mayReplace: replace, folder: keyFolderOf(env) });
    return withDatabase(databaseOf(env), async (db) => {
      // before it looks for others: of two that begin at once, one at least sees the other
      const mark = new RunningMark(db, 'relaypoint-admin restore');
      await mark.begin();
      try {
        return await this.into(db, archive, mark);
      } finally {
        await mark.end();
      }
    });
  }

  private async into(db: mongo.Db, archive: VerifiedArchive, mark: RunningMark): Promise<Restored> {
    const { path, passphrase } = this.wanted;
    const restoredAt = new Date();
    await this.demandMayReplace(db);
    const token = await this.begin(db, mark, restoredAt);
    try {
      const settled = await restoreDatabase(db, path, {
        passphrase,
        signal: this.context.signal,
        restoredAt,
        told: { backup: basename(path), host: hostname(), user: operatorOf(this.context.env) },
        demandOwn: () => demandOwn(db, token),
        say: (text) => this.say(text),
        onProgress: this.showProgress('restored'),
      });
      const keys = await this.writeKeys(archive, restoredAt);
      if (!(await endRestore(db, token))) throw otherRestore();
      return {
        backup: path,
        from: archive.about.begunAt,
        restoredAt,
        keys,
        keyFolder: keyFolderOf(this.wanted.env),
        ...settled,
      };
    } catch (error) {
      this.say('There is half a database now, and no server starts on it: run the same again.');
      throw error;
    } finally {
      this.progress.clear();
    }
  }

  private async demandMayReplace(db: mongo.Db): Promise<void> {
    const begun = await restoreUnderWay(db);
    if (begun) {
      this.say(
        `A restore of ${begun.backup}, begun on ${begun.host} at ${begun.at.toISOString()}, has not ended.`,
      );
      return;
    }
    const contents = Object.entries(await contentsOf(db));
    if (contents.length === 0) return;
    const list = contents.map(([name, count]) => `${count} ${name}`).join(', ');
    if (!this.wanted.replace)
      throw new Refusal(`the database is not empty (${list}); --replace removes all of that`);
    await confirmed(
      this.wanted.yes,
      `Everything in the database ${db.databaseName} is removed: ${list}`,
      this.context,
    );
  }

  /**
   * Sets the marker that keeps programs from starting, when none runs. One that starts just now has noted itself before it
   * looks for the marker: one of both sees the other.
   *
   * @returns the token of its marker
   * @throws Refusal
   */
  private async begin(db: mongo.Db, mark: RunningMark, at: Date): Promise<string> {
    const noted = await notedPrograms(db, mark);
    if (noted.length > 0) this.say(`Looking for ten seconds whether ${namesOf(noted)} still runs …`);
    demandNone(await runningPrograms(db, mark));
    this.context.signal.throwIfAborted();
    const before = await restoreUnderWay(db);
    const token = await beginRestore(db, { backup: basename(this.wanted.path), host: hostname(), at });
    const started = await notedPrograms(db, mark);
    if (started.length > 0 && !before) await endRestore(db, token);
    demandNone(started);
    return token;
  }

  private async writeKeys(archive: VerifiedArchive, at: Date): Promise<string[]> {
    const { env, importerKeys } = this.wanted;
    const keys = keysForDisk(archive.keys, env);
    if (importerKeys === null) return restoreKeys(keys, keyFolderOf(env), at);
    const ofImporter = new Map([...keys].filter(([name]) => IMPORTER_KEY.test(name)));
    const ofServer = new Map([...keys].filter(([name]) => !IMPORTER_KEY.test(name)));
    return [
      ...(await restoreKeys(ofServer, keyFolderOf(env), at)),
      ...(await restoreKeys(ofImporter, importerKeys, at)),
    ];
  }

  private showProgress(what: string): (read: number, of: number) => void {
    return (read, of) => this.progress.show(() => `${sizeText(read)} of ${sizeText(of)} ${what}`);
  }

  private say(text: string): void {
    this.progress.clear();
    this.context.terminal.write(`${text}\n`);
  }
}

function demandNone(running: readonly RunningProgram[]): void {
  if (running.length > 0)
    throw new Refusal(`still at work on this database: ${namesOf(running)}; stop it first`);
}

/** @throws CommandFault when another restore has taken this one for dead, as after a machine that stood still */
async function demandOwn(db: mongo.Db, token: string): Promise<void> {
  if (!(await isOwnRestore(db, token))) throw otherRestore();
}

function otherRestore(): CommandFault {
  return new CommandFault('another restore into this database has begun since, and this one goes no further');
}

function namesOf(programs: readonly RunningProgram[]): string {
  return programs.map(({ program, host, pid }) => `${program} on ${host} (process ${pid})`).join(', ');
}

function textOf({
  backup,
  from,
  keys,
  keyFolder,
  recalledOrders,
  awaitedClients,
  endedDeliveries,
}: Restored): string {
  return `The database is as it was at ${from} (${backup}).
  keys: ${keys.length > 0 ? `${keys.join(', ')} written` : `as they were in ${keyFolder}`}
  ${recalledOrders} open orders: their distribution points are asked how they stand
  ${awaitedClients} computers wait for the registration of their client, as long as they had left
  ${endedDeliveries} notices that were under way are not sent again
  everybody has to log in again
Look at docs/backup.md, "After a restore", before the servers are started.
`;
}
