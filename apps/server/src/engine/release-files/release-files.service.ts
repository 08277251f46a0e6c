import { Injectable } from '@nestjs/common';
import type { ReleaseFileAnswer, ReleaseFileCall } from '#contract';
import { DomainError, type DpId, type ReleaseFile, type ReleaseVersion } from '#domain';
import { ClientReleaseRepository, DistributionPointRepository, OrderRepository } from '#persistence';
import { constantTimeEquals } from '#sealing';
import { ServerKeys } from '../../platform/keys/server-keys.js';

/** Milliseconds in which a download has to begin. */
const GOOD_FOR_MS = 60_000;
const MISSING = 'notFound.releaseFile';

/** Hands release files out to DPs, through gateways that hold no key to them. */
@Injectable()
export class ReleaseFilesService {
  constructor(
    private readonly releases: ClientReleaseRepository,
    private readonly dps: DistributionPointRepository,
    private readonly orders: OrderRepository,
    private readonly keys: ServerKeys,
  ) {}

  /**
   * A DP may fetch the files of a release while it has an open order with it.
   *
   * @throws DomainError DP_DISABLED, NOT_FOUND
   */
  async permit(call: ReleaseFileCall, now: Date): Promise<ReleaseFileAnswer> {
    const dp = call.dp as DpId;
    const version = call.release as ReleaseVersion;
    const known = await this.dps.findById('all', dp);
    if (known?.state !== 'enabled') {
      throw new DomainError('DP_DISABLED', 'dp.noFiles');
    }
    if (!(await this.orders.hasOpenWithRelease(dp, version))) throw new DomainError('NOT_FOUND', MISSING);
    const { name, size, sha256 } = await this.find(version, call.file);
    const until = String(now.getTime() + GOOD_FOR_MS);
    const token = this.keys.token('release-file', version, name, until);
    const path = `/internal/release-files/${encodeURIComponent(version)}/${encodeURIComponent(name)}`;
    return { name, size, sha256, path: `${path}?until=${until}&token=${token}` };
  }

  /** @throws DomainError FORBIDDEN when the path was not made by {@link permit}, or too long ago; NOT_FOUND */
  async open(version: string, name: string, until: string, token: string, now: Date): Promise<ReleaseFile> {
    const isOurs = constantTimeEquals(token, this.keys.token('release-file', version, name, until));
    if (!isOurs || Number(until) < now.getTime()) {
      throw new DomainError('FORBIDDEN', 'releaseFile.downloadRefused');
    }
    return this.find(version as ReleaseVersion, name);
  }

  private async find(version: ReleaseVersion, name: string): Promise<ReleaseFile> {
    const release = await this.releases.findById(version);
    const file = release?.files.find((one) => one.name === name);
    if (!file) throw new DomainError('NOT_FOUND', MISSING);
    return file;
  }
}
