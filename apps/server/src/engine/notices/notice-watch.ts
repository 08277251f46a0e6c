import { Injectable } from '@nestjs/common';
import { type AccountId, type Brake, type DpId, type ImportRun, type NewNotice } from '#domain';
import {
  AccountRepository,
  BrakeRepository,
  DirectoryRepository,
  DistributionPointRepository,
  ImportRunRepository,
} from '#persistence';
import { Notices } from './notices.service.js';

/** What happened longer ago was told then, or is no news any more. */
const NEWS_MS = 24 * 60 * 60_000;
const MOST = 500;

/**
 * Looks for what is to be told in what is stored, instead of being told by whoever did it: so nothing is missed when a
 * process dies right after, and importers need no word with the server.
 */
@Injectable()
export class NoticeWatch {
  constructor(
    private readonly notices: Notices,
    private readonly brakes: BrakeRepository,
    private readonly accounts: AccountRepository,
    private readonly dps: DistributionPointRepository,
    private readonly imports: ImportRunRepository,
    private readonly directories: DirectoryRepository,
  ) {}

  async run(now: Date): Promise<void> {
    const since = new Date(now.getTime() - NEWS_MS);
    await this.watchBrakes(since, now);
    await this.watchImports(since, now);
  }

  /** Those that failures tripped; whoever sets one by hand knows. */
  private async watchBrakes(since: Date, now: Date): Promise<void> {
    const tripped = (await this.brakes.open()).filter(
      ({ cause, openedAt }) => cause !== null && openedAt >= since,
    );
    if (tripped.length === 0) return;
    const [accounts, dps] = await Promise.all([
      this.accounts.findByIds(tripped.flatMap(({ scope }) => scope.account ?? [])),
      this.dps.findByIds(tripped.flatMap(({ scope }) => scope.dp ?? [])),
    ]);
    const labels = new Map(accounts.map(({ id, label }) => [id, label]));
    const names = new Map(dps.map(({ id, name }) => [id, name]));
    await this.notices.raise(
      tripped.flatMap((brake) => brakeNotice(brake, labels, names)),
      now,
    );
  }

  private async watchImports(since: Date, now: Date): Promise<void> {
    const failed = await this.imports.failedSince(since, MOST);
    if (failed.length === 0) return;
    const directories = new Map((await this.directories.list('all')).map(({ id, name }) => [id, name]));
    await this.notices.raise(
      failed.flatMap((run) => importNotice(run, (run.directory && directories.get(run.directory)) ?? '')),
      now,
    );
  }
}

function brakeNotice(
  { id, tenant, scope, cause }: Brake,
  labels: ReadonlyMap<AccountId, string>,
  names: ReadonlyMap<DpId, string>,
): NewNotice[] {
  if (cause === null) return [];
  const account = scope.account === null ? null : (labels.get(scope.account) ?? scope.account);
  const dp = scope.dp === null ? null : (names.get(scope.dp) ?? scope.dp);
  return [
    {
      kind: 'brake-tripped',
      tenant,
      subject: `brake:${id}`,
      facts: { brake: id, cause, account, release: scope.release, dp },
      detail: { key: `failure.${cause}` },
    },
  ];
}

function importNotice(
  { id, tenant, source, file, fault, progress }: ImportRun,
  directory: string,
): NewNotice[] {
  if (!fault) return [];
  const { code, line: _line, ...detail } = fault;
  return [
    {
      kind: 'import-failed',
      tenant,
      subject: `import:${id}`,
      // it may be read again, and fail again
      occurrence: progress.at.toISOString(),
      facts: { run: id, source, name: file?.name ?? directory, code },
      detail,
    },
  ];
}
