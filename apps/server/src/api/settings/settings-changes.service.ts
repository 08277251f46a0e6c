import { Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  effectiveSettings,
  invalid,
  may,
  type ReleaseVersion,
  type Settings,
} from '#domain';
import { ClientReleaseRepository, type StoredSettings, updateWithRetry } from '#persistence';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { assertRevision } from '../../platform/http/if-match.js';
import type { SettingsDto } from './settings.dto.js';
import { SettingsTargetResolver, type SettingsOwner } from './settings-target-resolver.js';
import { SettingsService } from '../../platform/settings/settings.service.js';

export type SettingsChange = { [Key in keyof Settings]?: Settings[Key] | null | undefined };

/** What administrators see and change of the settings, layer by layer. */
@Injectable()
export class SettingsChangesService {
  constructor(
    private readonly settings: SettingsService,
    private readonly targets: SettingsTargetResolver,
    private readonly releases: ClientReleaseRepository,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async show(caller: Caller, owner: SettingsOwner): Promise<SettingsDto> {
    const place = await this.targets.of(caller, owner);
    const { own, layers } = await this.settings.read(place.tenant, place.dp);
    return { values: own.values, effective: effectiveSettings(layers), revision: own.revision };
  }

  /** @throws DomainError NOT_FOUND, FORBIDDEN, REVISION_STALE, VALIDATION_FAILED for an unknown release */
  async change(
    caller: Caller,
    owner: SettingsOwner,
    change: SettingsChange,
    revision: number | null,
  ): Promise<SettingsDto> {
    const place = await this.targets.of(caller, owner);
    // A DP without a tenant serves everybody, so its settings count for everybody.
    if (place.tenant === null) demandGlobal(caller);
    await this.demandRelease(change.defaultRelease);
    const { before, after } = await updateWithRetry<StoredSettings>(
      async () => (await this.settings.read(place.tenant, place.dp)).own,
      (own) => {
        assertRevision(own, revision);
        return { ...own, values: laidOver(own.values, change) };
      },
      (own) => this.settings.write(own),
      'notFound.settings',
    );
    const data = { before: before.values, after: after.values };
    await this.audit.record(caller, 'settings.changed', after.layer, data, place.tenant);
    // Gateways keep what DPs have to know; each affected one is told.
    for (const dp of await this.targets.affectedDps(owner)) this.feed.changed('dp', dp.id, dp.tenant);
    return this.show(caller, owner);
  }

  private async demandRelease(version: string | null | undefined): Promise<void> {
    if (version === null || version === undefined) return;
    const release = await this.releases.findById(version as ReleaseVersion);
    if (release?.state === 'published') return;
    throw invalid([{ path: 'defaultRelease', code: 'unknown', key: 'fault.releaseNotPublished' }]);
  }
}

function laidOver(values: Partial<Settings>, change: SettingsChange): Partial<Settings> {
  const merged = Object.entries({ ...values, ...withoutUndefined(change) });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

function withoutUndefined(change: SettingsChange): SettingsChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

function demandGlobal(caller: Caller): void {
  if (may(caller.role, 'global-settings.manage') && caller.tenants === 'all') return;
  throw new DomainError('FORBIDDEN', 'settings.ownersOnly');
}
