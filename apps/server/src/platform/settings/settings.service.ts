import { Injectable } from '@nestjs/common';
import {
  settingsOf,
  type DpId,
  type LayeredSettings,
  type Settings,
  type SettingsLayer,
  type TenantId,
} from '#domain';
import { SettingsRepository, type StoredSettings } from '#persistence';

/** How long another server's change may go unnoticed; this server's own counts at once. */
const CACHED_MS = 2_000;
const MOST_CACHED = 20_000;

/** A layer that is stored: everything but the defaults. */
export type StoredLayer = Exclude<SettingsLayer, 'default'>;

/** Layers over each other, the later wins (R8: globally, per tenant, per DP). */
@Injectable()
export class SettingsService {
  private readonly cache = new Map<
    StoredLayer,
    {
      /** Milliseconds of the steady clock. */ until: number;
      values: Promise<Partial<Settings>>;
    }
  >();

  constructor(private readonly stored: SettingsRepository) {}

  /** What counts for a DP's work for a tenant. A null tenant or DP has no layer. */
  async forDp(tenant: TenantId | null, dp: DpId | null): Promise<Settings> {
    return settingsOf(await Promise.all(layersFor(tenant, dp).map((layer) => this.layer(layer))));
  }

  /** As {@link forDp}, but as it stands in the store now: for whoever keeps it, and asks because it has changed. */
  async forDpNow(tenant: TenantId | null, dp: DpId | null): Promise<Settings> {
    return settingsOf((await this.read(tenant, dp)).layers);
  }

  /** A layer as it stands in the store now, and all that count with it. */
  async read(
    tenant: TenantId | null,
    dp: DpId | null,
  ): Promise<{ own: StoredSettings; layers: LayeredSettings[] }> {
    const names = layersFor(tenant, dp);
    const found = new Map((await this.stored.findMany(names)).map((one) => [one.layer, one]));
    const layers = names.map((layer) => ({ layer, values: found.get(layer)?.values ?? {} }));
    const name = layerOf(tenant, dp);
    return { own: found.get(name) ?? { layer: name, values: {}, revision: 0 }, layers };
  }

  /** What stands in the layers themselves, now; those without values of their own are missing. */
  async own(layers: readonly StoredLayer[]): Promise<Map<StoredLayer, Partial<Settings>>> {
    const found = await this.stored.findMany([...new Set(layers)]);
    return new Map(found.map(({ layer, values }) => [layer, values]));
  }

  /** @returns null when somebody else was faster */
  async write(settings: StoredSettings): Promise<StoredSettings | null> {
    const written = await this.stored.put(settings);
    this.cache.delete(settings.layer);
    return written;
  }

  private async layer(layer: StoredLayer): Promise<LayeredSettings> {
    const now = performance.now();
    let cached = this.cache.get(layer);
    if (!cached || cached.until <= now) {
      if (this.cache.size >= MOST_CACHED) this.cache.clear();
      cached = { until: now + CACHED_MS, values: this.load(layer) };
      this.cache.set(layer, cached);
    }
    return { layer, values: await cached.values };
  }

  private async load(layer: StoredLayer): Promise<Partial<Settings>> {
    try {
      const [found] = await this.stored.findMany([layer]);
      return found?.values ?? {};
    } catch (error) {
      this.cache.delete(layer);
      throw error;
    }
  }
}

/** The layer of a DP, else that of a tenant, else the one for all. */
export function layerOf(tenant: TenantId | null, dp: DpId | null): StoredLayer {
  return layersFor(tenant, dp).at(-1) ?? 'global';
}

function layersFor(tenant: TenantId | null, dp: DpId | null): StoredLayer[] {
  const layers: StoredLayer[] = ['global'];
  if (tenant !== null) layers.push(`tenant:${tenant}`);
  if (dp !== null) layers.push(`dp:${dp}`);
  return layers;
}
