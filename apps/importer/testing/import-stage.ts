import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Test } from '@nestjs/testing';
import type { TestingModule } from '@nestjs/testing';
import { getModelToken } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import { IMPORTER_RPC, type TestDirectoryAnswer } from '#contract';
import {
  askImportCommit,
  askImportDiscard,
  askImportReadAgain,
  askImportUndo,
  decideNamesakes,
  IMPORT_VERDICTS,
  DIRECTORY_PASSWORD_INFO,
  type NamesakeDecision,
  newImportRun,
  passwordBinding,
  type Directory,
  type DirectoryId,
  type DistributionPoint,
  type DpId,
  type ImportOptions,
  type ImportOutcome,
  type ImportRow,
  type ImportRun,
  type ImportRunId,
  type ImportState,
  type TenantId,
} from '#domain';
import { DeadLetters, EventSender, MessagingModule, QUEUES, RpcClient } from '#messaging';
import {
  BlobStore,
  ComputerRepository,
  DirectoryRepository,
  DistributionPointRepository,
  ImportRowRepository,
  ImportRunRepository,
  PersistenceModule,
  TimelineRepository,
} from '#persistence';
import { newId } from '#runtime';
import { loadOrCreateKeyFile, sealingKeyId, sealText } from '#sealing';
import { anyFreePort } from '../../../tools/peers/ports.ts';
import { bound } from '../../../tools/testing/bound-process.js';
import { createDatabase, type TestDatabase } from '../../../tools/testing/database.js';
import { eventually } from '../../../tools/testing/eventually.js';
import { createVhost, type TestVhost } from '../../../tools/testing/vhost.js';

export const TENANT = 'default' as TenantId;

type RunFacts = Pick<ImportRun, 'source' | 'file' | 'directory' | 'options'> & { dp: string | null };

/** What the server does for imports, and importers as processes of their own. */
export class ImportStage {
  private readonly importers: ChildProcess[] = [];
  /** What the importers wrote to their logs. */
  log = '';

  private constructor(
    readonly vhost: TestVhost,
    readonly database: TestDatabase,
    readonly state: string,
    private readonly module: TestingModule,
  ) {}

  static async open(): Promise<ImportStage> {
    const vhost = await createVhost();
    const database = createDatabase();
    const state = await mkdtemp(join(tmpdir(), 'importer-'));
    const module = await Test.createTestingModule({
      imports: [
        PersistenceModule.forRoot({ uri: database.uri, standIn: database.standIn }),
        MessagingModule.forRoot({ url: vhost.url, name: 'test', role: 'server', orderQueueType: 'classic' }),
      ],
    }).compile();
    module.useLogger(false);
    await module.init();
    return new ImportStage(vhost, database, state, module);
  }

  get runs(): ImportRunRepository {
    return this.module.get(ImportRunRepository);
  }
  get rowsOf(): ImportRowRepository {
    return this.module.get(ImportRowRepository);
  }
  get computers(): ComputerRepository {
    return this.module.get(ComputerRepository);
  }
  get timeline(): TimelineRepository {
    return this.module.get(TimelineRepository);
  }
  get blobs(): BlobStore {
    return this.module.get(BlobStore);
  }

  /** Starts an importer, as a process; resolves when it is ready. */
  async startImporter(env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
    const port = await anyFreePort();
    const importer = spawn(...bound(process.execPath, ['dist/apps/importer/src/main.js']), {
      env: {
        ...process.env,
        AMQP_URL: this.vhost.url,
        MONGODB_URI: this.database.uri,
        MONGODB_STAND_IN: this.database.standIn ? '1' : '0',
        RELAYPOINT_STATE: this.state,
        PORT: String(port),
        DIRECTORY_HOSTS: '*',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.importers.push(importer);
    for (const stream of [importer.stdout, importer.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.log += text));
    }
    await eventually(
      async () => {
        if (importer.exitCode !== null) throw new Error(`the importer ended: ${this.log}`);
        const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
        if (!ready.ok) throw new Error(await ready.text());
      },
      { timeoutMs: 90_000 },
    );
    return importer;
  }

  async kill(importer: ChildProcess): Promise<void> {
    const ended = once(importer, 'exit');
    importer.kill('SIGKILL');
    await ended;
  }

  addDp(id: string, tenant: string | null = TENANT): Promise<boolean> {
    const dp: DistributionPoint = {
      id: id as DpId,
      tenant: tenant as TenantId | null,
      name: id,
      state: 'enabled',
      keys: null,
      joinToken: null,
      agent: null,
      lastSeen: null,
      createdAt: new Date(),
      revision: 0,
    };
    return this.module.get(DistributionPointRepository).insert(dp);
  }

  /** A directory as the server stores it: the password sealed to the importers' key. */
  async addDirectory(
    fields: Pick<Directory, 'url' | 'bindDn' | 'bases'> & Partial<Directory>,
    password: string,
  ): Promise<Directory> {
    const keys = join(this.state, 'keys');
    await mkdir(keys, { recursive: true, mode: 0o700 });
    const { publicKey } = await loadOrCreateKeyFile(join(keys, 'importer.x25519.pem'), 'x25519');
    const keyId = sealingKeyId(publicKey);
    const id = newId() as DirectoryId;
    const directory: Directory = {
      id,
      tenant: TENANT,
      name: `directory ${id}`,
      startTls: false,
      allowPlain: false,
      caPem: null,
      filter: null,
      createdAt: new Date(),
      revision: 0,
      sealedPassword: { keyId, blob: '' },
      ...fields,
    };
    const blob = sealText(publicKey, DIRECTORY_PASSWORD_INFO, passwordBinding(directory, keyId), password);
    const sealed = { ...directory, sealedPassword: { keyId, blob } };
    await this.module.get(DirectoryRepository).insert(sealed);
    return sealed;
  }

  /** Steps of the test button. */
  testDirectory(directory: DirectoryId): Promise<TestDirectoryAnswer> {
    const call = { directory };
    return this.module.get(RpcClient).call(IMPORTER_RPC.testDirectory, call, 60_000);
  }

  async upload(
    content: string | Buffer,
    { dp = null, options = {} }: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRunId> {
    const { blob, size } = await this.blobs.write('computers.csv', Readable.from([Buffer.from(content)]));
    return await this.create({
      source: 'csv',
      file: { blob, name: 'computers.csv', size },
      directory: null,
      dp,
      options,
    });
  }

  fromDirectory(
    { id }: Pick<Directory, 'id'>,
    { dp = null, options = {} }: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRunId> {
    return this.create({ source: 'ad', file: null, directory: id, dp, options });
  }

  /** Reads a directory and waits for the preview. */
  async previewDirectory(
    directory: Pick<Directory, 'id'>,
    settings: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRun> {
    return await this.until(await this.fromDirectory(directory, settings), 'previewed', 'failed');
  }

  /** Reads a directory and commits the preview. */
  async importDirectory(
    directory: Pick<Directory, 'id'>,
    settings: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRun> {
    const { id } = await this.previewDirectory(directory, settings);
    await this.commit(id, settings.options?.confirmDrop);
    return await this.until(id, 'committed');
  }

  /** A run whose command was never published. */
  async withoutCommand(content: string): Promise<ImportRunId> {
    const { blob, size } = await this.blobs.write('computers.csv', Readable.from([Buffer.from(content)]));
    const file = { blob, name: 'computers.csv', size };
    return await this.insert({ source: 'csv', file, directory: null, dp: null, options: {} });
  }

  private async create(facts: RunFacts): Promise<ImportRunId> {
    const id = await this.insert(facts);
    await this.send('import.read', id);
    return id;
  }

  private async insert(facts: RunFacts): Promise<ImportRunId> {
    const id = newId() as ImportRunId;
    const dp = facts.dp as DpId | null;
    await this.runs.insert(
      newImportRun({ ...facts, id, dp, tenant: TENANT, requestedBy: 'test' }, new Date()),
    );
    return id;
  }

  deadLetters(): Promise<unknown[]> {
    return this.module.get(DeadLetters).list();
  }

  async send(pattern: string, run: ImportRunId): Promise<void> {
    await eventually(() =>
      this.module
        .get(EventSender)
        .send(QUEUES.imports, pattern, { v: 1, run, requestedBy: 'test', correlation: 'test' }),
    );
  }

  async commit(id: ImportRunId, confirmDrop = false): Promise<void> {
    const consent = { confirmDrop, withoutDp: 'server' } as const;
    await this.ask(id, (run) => askImportCommit(run, consent, new Date()));
    await this.send('import.commit', id);
  }

  /** What a person says of rows with a namesake. */
  async decide(id: ImportRunId, decision: NamesakeDecision, lines: number[] | null = null): Promise<void> {
    await this.ask(id, (run) => ({ changed: true, run: decideNamesakes(run, decision, lines) }));
  }

  async undo(id: ImportRunId): Promise<void> {
    await this.ask(id, (run) => askImportUndo(run, 'test', new Date()));
    await this.send('import.undo', id);
  }

  async discard(id: ImportRunId): Promise<void> {
    await this.ask(id, (run) => askImportDiscard(run, new Date()));
    await this.send('import.discard', id);
  }

  async readAgain(id: ImportRunId, options: ImportOptions): Promise<void> {
    await this.ask(id, (run) => askImportReadAgain(run, options, new Date()));
    await this.send('import.read', id);
  }

  /** The guarded write that the server does. */
  private async ask(id: ImportRunId, decide: (run: ImportRun) => ImportOutcome): Promise<void> {
    for (;;) {
      const outcome = decide(await this.run(id));
      if (!outcome.changed || (await this.runs.replace(outcome.run))) return;
    }
  }

  async run(id: ImportRunId): Promise<ImportRun> {
    const run = await this.runs.findById('all', id);
    if (!run) throw new Error(`there is no run ${id}`);
    return run;
  }

  /** The run, once it is in a state. */
  until(id: ImportRunId, ...states: ImportState[]): Promise<ImportRun> {
    return eventually(
      async () => {
        const run = await this.run(id);
        if (!states.includes(run.state)) {
          const said = this.log.split('\n').slice(-30).join('\n');
          throw new Error(
            `run is ${run.state}: ${JSON.stringify(run.fault)}, ${JSON.stringify(run.progress)}\n${said}`,
          );
        }
        return run;
      },
      { timeoutMs: 240_000 },
    );
  }

  /** Uploads a file and waits for its preview. */
  async preview(
    content: string | Buffer,
    settings: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRun> {
    return await this.until(await this.upload(content, settings), 'previewed', 'failed');
  }

  /** Uploads a file, previews and commits it. */
  async import(
    content: string | Buffer,
    settings: { dp?: string | null; options?: ImportOptions } = {},
  ): Promise<ImportRun> {
    const run = await this.preview(content, settings);
    await this.commit(run.id);
    return await this.until(run.id, 'committed');
  }

  async rows(run: Pick<ImportRun, 'id'>): Promise<ImportRow[]> {
    const rows: ImportRow[] = [];
    for await (const row of this.rowsOf.stream(run.id, IMPORT_VERDICTS)) rows.push(row);
    return rows;
  }

  /** Puts rubbish into a staged row, as no program of ours does. */
  async spoil(row: ImportRow, fields: Record<string, unknown>): Promise<void> {
    const rows = this.module.get<Model<ImportRow>>(getModelToken('ImportRow')).collection;
    await rows.updateOne({ _id: row.id as never }, { $set: fields });
  }

  /** Kills importers that a test has not ended itself. */
  async endImporters(): Promise<void> {
    const left = this.importers.splice(0).filter((one) => one.exitCode === null && one.signalCode === null);
    await Promise.all(left.map((importer) => this.kill(importer)));
  }

  async close(): Promise<void> {
    await this.endImporters();
    await this.module.close();
    await this.vhost.drop();
    await this.database.drop();
    await rm(this.state, { recursive: true, force: true });
  }
}
