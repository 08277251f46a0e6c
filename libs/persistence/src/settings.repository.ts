import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { MaintenanceWindow, Settings, SettingsLayer } from '#domain';
import { VersionedCollection } from './versioned-collection.js';
import { collectionSchema, flag, list, nullable, number, oneOf, optional, part, text } from './schema.js';

/** The own values of one layer: global, a tenant or a DP. */
export interface StoredSettings {
  layer: Exclude<SettingsLayer, 'default'>;
  values: Partial<Settings>;
  /** 0: nothing is stored yet. */
  revision: number;
}

const windows = list(
  part<MaintenanceWindow>({
    days: list(oneOf(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])),
    from: text,
    to: text,
    timeZone: text,
  }),
);

export const settingsSchema = collectionSchema<Pick<StoredSettings, 'values'>>('settings', {
  values: part<Partial<Settings>>({
    pollInterval: optional(number),
    pollJitter: optional(number),
    longPoll: optional(flag),
    concurrency: optional(number),
    accountLogins: optional(number),
    rolloutFrom: optional(number),
    attempts: optional(number),
    orderExpiry: optional(number),
    installTimeout: optional(number),
    registrationTimeout: optional(number),
    restartAlert: optional(number),
    windows: optional(windows),
    hostKeyPolicy: optional(oneOf(['pin', 'strict'])),
    sshPort: optional(number),
    directFirst: optional(flag),
    defaultRelease: optional(nullable(text)),
    agentVersion: optional(text),
    minimumAgentVersion: optional(text),
    keepOrders: optional(number),
    keepImports: optional(number),
    keepAudit: optional(number),
    removeUnarchived: optional(flag),
  }),
});

@Injectable()
export class SettingsRepository {
  private readonly store: VersionedCollection<{ id: string; values: Partial<Settings>; revision: number }>;

  constructor(@InjectModel('Settings') model: Model<unknown>) {
    this.store = new VersionedCollection(model);
  }

  /** Those of the layers that have values of their own. */
  async findMany(layers: readonly StoredSettings['layer'][]): Promise<StoredSettings[]> {
    const found = await this.store.findByIds(layers);
    return found.map(({ id, values, revision }) => ({
      layer: id as StoredSettings['layer'],
      values,
      revision,
    }));
  }

  /** Null: somebody else was faster. */
  async put({ layer, values, revision }: StoredSettings): Promise<StoredSettings | null> {
    if (revision > 0) {
      const replaced = await this.store.replace({ id: layer, values, revision });
      return replaced && { layer, values, revision: replaced.revision };
    }
    return (await this.store.insert({ id: layer, values, revision: 1 }))
      ? { layer, values, revision: 1 }
      : null;
  }
}
