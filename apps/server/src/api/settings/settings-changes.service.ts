import { Injectable } from '@nestjs/common';
import {
  AGENT_VERSION_WORDS,
  type Caller,
  DomainError,
  effectiveSettings,
  GLOBAL_SETTINGS,
  invalid,
  may,
  type ReleaseVersion,
  type Settings,
  settingsOf,
} from '#domain';
import { ClientReleaseRepository, type StoredSettings, updateWithRetry } from '#persistence';
import { AgentBundlesService } from '../../engine/agent-bundles/agent-bundles.service.js';
import { DefaultCoverage } from '../../engine/commands/default-coverage.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { assertRevision } from '../../platform/http/if-match.js';
import { demandNewEnough } from './agent-versions.js';
import type { SettingsDto } from './settings.dto.js';
import {
  type SettingsPlace,
  SettingsTargetResolver,
  type SettingsOwner,
} from './settings-target-resolver.js';
import { layerOf, SettingsService } from '../../platform/settings/settings.service.js';

export type SettingsChange = { [Key in keyof Settings]?: Settings[Key] | null | undefined };

/** What administrators see and change of the settings, layer by layer. */
@Injectable()
export class SettingsChangesService {
  constructor(
    private readonly settings: SettingsService,
    private readonly targets: SettingsTargetResolver,
    private readonly releases: ClientReleaseRepository,
    private readonly coverage: DefaultCoverage,
    private readonly bundles: AgentBundlesService,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async show(caller: Caller, owner: SettingsOwner): Promise<SettingsDto> {
    const place = await this.targets.of(caller, owner);
    const { own, layers } = await this.settings.read(place.tenant, place.dp);
    return { values: own.values, effective: effectiveSettings(layers), revision: own.revision };
  }

  /** @throws DomainError NOT_FOUND, FORBIDDEN, REVISION_STALE, VALIDATION_FAILED for an unknown release or an agent that would get no orders, WRONG_STATE for one without something for each computer */
  async change(
    caller: Caller,
    owner: SettingsOwner,
    change: SettingsChange,
    revision: number | null,
  ): Promise<SettingsDto> {
    const place = await this.targets.of(caller, owner);
    // A DP without a tenant serves everybody, so its settings count for everybody.
    if (place.tenant === null) demandGlobal(caller);
    demandOwnPlace(place, change);
    await this.demandRelease(caller, place, change.defaultRelease);
    await this.demandAgent(change.agentVersion);
    await this.demandNewEnough(place, change);
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

  private async demandAgent(version: string | null | undefined): Promise<void> {
    if (version === null || version === undefined) return;
    if (AGENT_VERSION_WORDS.some((word) => word === version)) return;
    const offered = await this.bundles.versions();
    if (offered.includes(version)) return;
    const key = offered.length > 0 ? 'fault.agentVersionNotOffered' : 'fault.noAgentOffered';
    throw invalid([{ path: 'agentVersion', code: 'unknown', key, params: { versions: offered } }]);
  }

  private async demandNewEnough({ tenant, dp }: SettingsPlace, change: SettingsChange): Promise<void> {
    const { own, layers } = await this.settings.read(tenant, dp);
    const values = laidOver(own.values, change);
    const changed = layers.map((one) => (one.layer === own.layer ? { ...one, values } : one));
    demandNewEnough(change, settingsOf(changed));
  }

  private async demandRelease(
    caller: Caller,
    { tenant, dp }: SettingsPlace,
    version: string | null | undefined,
  ): Promise<void> {
    if (version === null || version === undefined) return;
    const release = await this.releases.findById(version as ReleaseVersion);
    if (release?.state !== 'published') {
      throw invalid([{ path: 'defaultRelease', code: 'unknown', key: 'fault.releaseNotPublished' }]);
    }
    const layer = layerOf(tenant, dp);
    await this.coverage.demand(release, { layer, tenant, dp }, caller.tenants, 'defaultRelease');
  }
}

function laidOver(values: Partial<Settings>, change: SettingsChange): Partial<Settings> {
  const merged = Object.entries({ ...values, ...withoutUndefined(change) });
  return Object.fromEntries(merged.filter(([, value]) => value !== null));
}

function withoutUndefined(change: SettingsChange): SettingsChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** @throws DomainError VALIDATION_FAILED naming each setting that has no place of its own here */
function demandOwnPlace({ tenant, dp }: SettingsPlace, change: SettingsChange): void {
  if (tenant === null && dp === null) return;
  const wrong = GLOBAL_SETTINGS.filter((name) => change[name] !== undefined && change[name] !== null);
  if (wrong.length === 0) return;
  throw invalid(wrong.map((path) => ({ path, code: 'place', key: 'fault.globalSetting' })));
}

function demandGlobal(caller: Caller): void {
  if (may(caller.role, 'global-settings.manage') && caller.tenants === 'all') return;
  throw new DomainError('FORBIDDEN', 'settings.ownersOnly');
}
