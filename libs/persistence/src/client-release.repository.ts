import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import {
  RELEASE_STATES,
  type ClientRelease,
  type InstallInstruction,
  type ReleaseFile,
  type ReleaseVersion,
} from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { RequestBatcher } from '#runtime';
import { byName, collectionSchema, date, flag, list, nullable, number, oneOf, part, text } from './schema.js';

/** As it is stored, under its version. */
export interface StoredRelease extends ClientRelease {
  id: ReleaseVersion;
  /** When it became the default; the published release with the latest time is the default. */
  defaultSince: Date | null;
}

export const clientReleaseSchema = collectionSchema<StoredRelease>('clientReleases', {
  version: text,
  state: oneOf(RELEASE_STATES),
  default: flag,
  defaultSince: nullable(date),
  platforms: byName(
    part<InstallInstruction>({
      install: text,
      args: list(text),
      successCodes: list(number),
      restartCodes: list(number),
    }),
  ),
  files: list(part<ReleaseFile>({ platform: text, name: text, size: number, sha256: text, blob: text })),
  createdAt: date,
});

/**
 * Client releases; the version is the id. One of them is the default: the published one that was made so last, so that
 * moving the default is a single write and there are never two.
 */
@Injectable()
export class ClientReleaseRepository {
  private readonly store: VersionedCollection<StoredRelease>;
  private readonly reads = new RequestBatcher<void, ClientRelease[]>(async (calls) => {
    const all = await this.readAll();
    return calls.map(() => all);
  });

  constructor(@InjectModel('ClientRelease') model: Model<unknown>) {
    this.store = new VersionedCollection(model);
  }

  insert(release: ClientRelease): Promise<boolean> {
    return this.store.insert({
      ...release,
      id: release.version,
      defaultSince: release.default ? new Date() : null,
    });
  }

  async findById(version: ReleaseVersion): Promise<ClientRelease | null> {
    return (await this.list()).find((release) => release.version === version) ?? null;
  }

  /** Newest first. */
  list(): Promise<ClientRelease[]> {
    return this.reads.load();
  }

  private async readAll(): Promise<ClientRelease[]> {
    const found = await this.store.find({}, { sort: { createdAt: -1, _id: -1 } });
    const current = found
      .filter((release) => release.state === 'published' && release.defaultSince)
      .toSorted((a, b) => (b.defaultSince?.getTime() ?? 0) - (a.defaultSince?.getTime() ?? 0))[0];
    return found.map(({ id: _id, defaultSince, ...release }) => ({
      ...release,
      // A draft may carry the wish to become the default when it is published
      default: release.state === 'draft' ? defaultSince !== null : release.version === current?.version,
    }));
  }

  async findDefault(): Promise<ClientRelease | null> {
    return (await this.list()).find((release) => release.default && release.state === 'published') ?? null;
  }

  /** `default: true` makes it the default from now on; false takes that from it. */
  async replace(release: ClientRelease): Promise<ClientRelease | null> {
    const before = await this.findById(release.version);
    const stored = await this.store.findById(release.version);
    const stays = before?.default && before.state === release.state;
    const since = release.default ? (stays && stored?.defaultSince) || new Date() : null;
    const replaced = await this.store.replace({ ...release, id: release.version, defaultSince: since });
    return replaced && { ...release, revision: replaced.revision };
  }

  remove(version: ReleaseVersion, revision: number): Promise<boolean> {
    return this.store.remove(version, revision);
  }
}
