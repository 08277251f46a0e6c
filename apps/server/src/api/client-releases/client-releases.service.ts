import type { Readable } from 'node:stream';
import { Inject, Injectable } from '@nestjs/common';
import {
  type Caller,
  type ClientRelease,
  DomainError,
  type InstallInstruction,
  invalid,
  type ReleaseFile,
  type ReleaseState,
  type ReleaseVersion,
} from '#domain';
import {
  BlobStore,
  BlobTooLarge,
  ClientReleaseRepository,
  OrderRepository,
  updateWithRetry,
} from '#persistence';
import { DefaultCoverage } from '../../engine/commands/default-coverage.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { tooLarge } from '../../platform/http/body-stream.js';
import { isRepeatOf, type IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';

const MISSING = 'notFound.clientRelease';

export interface ReleaseChange {
  state?: ReleaseState | undefined;
  platforms?: Readonly<Record<string, InstallInstruction>> | undefined;
  default?: boolean | undefined;
}

/** Versions of the management client: uploaded as a draft, installed from when they are published. */
@Injectable()
export class ClientReleasesService {
  constructor(
    private readonly releases: ClientReleaseRepository,
    private readonly orders: OrderRepository,
    private readonly coverage: DefaultCoverage,
    private readonly blobs: BlobStore,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** @throws DomainError DUPLICATE */
  async create(
    caller: Caller,
    wish: Pick<ClientRelease, 'version' | 'platforms' | 'default'>,
    creation: IdempotentCreate,
  ): Promise<ClientRelease> {
    const release: ClientRelease = { ...wish, state: 'draft', files: [], createdAt: new Date(), revision: 0 };
    if (!(await this.releases.insert(release))) {
      const existing = await this.releases.findById(wish.version);
      if (existing && isRepeatOf(existing, creation)) return existing;
      throw new DomainError('DUPLICATE', 'duplicate.clientRelease', { version: wish.version });
    }
    await this.audit.record(caller, 'client-release.created', `client-release:${wish.version}`, {
      after: { ...wish },
    });
    return release;
  }

  /** @throws DomainError NOT_FOUND */
  async get(version: ReleaseVersion): Promise<ClientRelease> {
    const release = await this.releases.findById(version);
    if (!release) throw new DomainError('NOT_FOUND', MISSING);
    return release;
  }

  /**
   * Changes a release. One that is asked to be the default and has nothing for computers that would get it is refused; one that would
   * be it only because it is the first is published without.
   *
   * @throws DomainError WRONG_STATE, REVISION_STALE
   */
  async change(
    caller: Caller,
    version: ReleaseVersion,
    change: ReleaseChange,
    revision: number | null,
  ): Promise<ClientRelease> {
    const isFirst = await this.isDefaultUnasked(caller, await this.get(version), change);
    const { before, after } = await updateWithRetry(
      () => this.releases.findById(version),
      (release) => {
        assertRevision(release, revision);
        return changedRelease(release, change, isFirst);
      },
      (release) => this.releases.replace(release),
      MISSING,
    );
    if (after !== before) {
      await this.audit.record(caller, 'client-release.changed', `client-release:${version}`, {
        before: { state: before.state, default: before.default },
        after: { state: after.state, default: after.default },
      });
    }
    return after;
  }

  /**
   * Stores the file of a platform, streamed and digested on the way.
   *
   * @throws DomainError WRONG_STATE when it is no draft, TOO_LARGE, DUPLICATE when another platform's file has this name
   */
  async putFile(
    caller: Caller,
    version: ReleaseVersion,
    platform: string,
    name: string,
    content: Readable,
  ): Promise<ReleaseFile> {
    demandTakes(await this.get(version), platform, name);
    const stored = await this.store(name, content);
    const file: ReleaseFile = { platform, name, size: stored.size, sha256: stored.sha256, blob: stored.blob };
    let replaced: ReleaseFile | undefined;
    try {
      if (file.size === 0) throw invalid([{ path: '', code: 'empty', key: 'fault.fileEmpty' }]);
      const { before } = await updateWithRetry(
        () => this.releases.findById(version),
        (release) => {
          demandTakes(release, platform, name);
          return { ...release, files: [...release.files.filter((f) => f.platform !== platform), file] };
        },
        (release) => this.releases.replace(release),
        MISSING,
      );
      replaced = before.files.find((f) => f.platform === platform);
      if (replaced) await this.removeBlobs([replaced]);
    } catch (error) {
      await this.removeBlobs([file]);
      throw error;
    }
    await this.audit.record(caller, 'client-release.file', `client-release:${version}`, {
      before: replaced ? summary(replaced) : null,
      after: summary(file),
    });
    return file;
  }

  /** @throws DomainError WRONG_STATE while it is published, or an open order installs it */
  async remove(caller: Caller, version: ReleaseVersion, revision: number | null): Promise<void> {
    const release = await this.get(version);
    assertRevision(release, revision);
    if (release.state === 'published') {
      throw new DomainError('WRONG_STATE', 'release.withdrawFirst', { version });
    }
    if (await this.orders.usesRelease(version)) {
      throw new DomainError('WRONG_STATE', 'release.openOrders', { version });
    }
    if (!(await this.releases.remove(version, release.revision))) {
      throw new DomainError('REVISION_STALE', 'changed.clientRelease');
    }
    await this.removeBlobs(release.files);
    await this.audit.record(caller, 'client-release.deleted', `client-release:${version}`, {
      before: {
        state: release.state,
        default: release.default,
        files: release.files.map(({ name }) => name),
      },
    });
  }

  /**
   * Whether publishing a release makes it the default because there is none.
   *
   * @throws DomainError WRONG_STATE when it is asked to be the default, and has nothing for computers that would get it
   */
  private async isDefaultUnasked(
    caller: Caller,
    current: ClientRelease,
    change: ReleaseChange,
  ): Promise<boolean> {
    const release = { ...current, platforms: change.platforms ?? current.platforms };
    const isAsked = change.default ?? (current.default && current.state === 'draft');
    if ((change.state ?? current.state) !== 'published') return false;
    if (isAsked) {
      if (!current.default || current.state === 'draft')
        await this.coverage.demand(release, { layer: null }, caller.tenants, 'default');
      return false;
    }
    if ((await this.releases.findDefault()) !== null) return false;
    return (await this.coverage.uncovered(release, { layer: null })).length === 0;
  }

  private async store(
    name: string,
    content: Readable,
  ): Promise<{ blob: string; size: number; sha256: string }> {
    try {
      return await this.blobs.write(name, content, this.env.RELEASE_MAX_BYTES);
    } catch (error) {
      if (error instanceof BlobTooLarge) throw tooLarge(error.limit);
      throw error;
    }
  }

  private async removeBlobs(files: readonly ReleaseFile[]): Promise<void> {
    for (const { blob } of files) await this.blobs.remove(blob);
  }
}

/** @throws DomainError WRONG_STATE */
function changedRelease(
  release: ClientRelease,
  change: ReleaseChange,
  isFirst: boolean,
): ClientRelease | null {
  const state = change.state ?? release.state;
  if (change.platforms && release.state !== 'draft') throw notDraft(release);
  const platforms = change.platforms ?? release.platforms;
  if (state !== release.state) demandMove({ ...release, platforms }, state);
  // The first release that is published is the default: a release without a name then installs something.
  const isDefault = change.default ?? (release.default || (state === 'published' && isFirst));
  if (change.default && state === 'withdrawn') {
    throw new DomainError('WRONG_STATE', 'release.withdrawnNoDefault');
  }
  const kept = Object.fromEntries(release.files.map((file) => [file.platform, file]));
  const files = Object.keys(platforms).flatMap((platform) => kept[platform] ?? []);
  const same = state === release.state && isDefault === release.default && !change.platforms;
  return same ? null : { ...release, state, platforms, files, default: isDefault && state !== 'withdrawn' };
}

function demandMove(release: ClientRelease, state: ReleaseState): void {
  const allowed =
    (release.state === 'draft' && state === 'published') ||
    (release.state === 'published' && state === 'withdrawn');
  if (!allowed) {
    throw new DomainError('WRONG_STATE', 'release.wrongTransition', {
      version: release.version,
      state: release.state,
      wanted: state,
    });
  }
  const without = Object.keys(release.platforms).filter(
    (name) => !release.files.some((f) => f.platform === name),
  );
  if (state === 'published' && (without.length > 0 || release.files.length === 0)) {
    throw without.length === 0
      ? new DomainError('WRONG_STATE', 'release.noFile')
      : new DomainError('WRONG_STATE', 'release.filesMissing', { platforms: without });
  }
}

function demandTakes(release: ClientRelease, platform: string, name: string): void {
  if (release.state !== 'draft') throw notDraft(release);
  if (!Object.hasOwn(release.platforms, platform)) {
    throw new DomainError('NOT_FOUND', 'release.unknownPlatform', { version: release.version, platform });
  }
  if (release.files.some((file) => file.name === name && file.platform !== platform)) {
    throw new DomainError('DUPLICATE', 'release.fileNameTaken', { name });
  }
}

function notDraft(release: ClientRelease): DomainError {
  return new DomainError('WRONG_STATE', 'release.onlyDraftChanges', {
    version: release.version,
    state: release.state,
  });
}

/** What of a file stands in the audit. */
function summary({ platform, name, size, sha256 }: ReleaseFile): Record<string, unknown> {
  return { platform, name, size, sha256 };
}
