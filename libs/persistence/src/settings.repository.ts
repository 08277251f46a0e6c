import { Injectable } from '@nestjs/common';
import { InjectModel } from '@nestjs/mongoose';
import type { Model } from 'mongoose';
import type { Settings, SettingsLayer } from '#domain';
import { GuardedCollection } from './documents.js';
import { collectionSchema, DOMAIN_OBJECT } from './schema.js';

/** The own values of one layer: global, a tenant or a DP. */
export interface StoredSettings {
  layer: Exclude<SettingsLayer, 'default'>;
  values: Partial<Settings>;
  /** 0: nothing is stored yet. */
  revision: number;
}

export const settingsSchema = collectionSchema('settings', { values: DOMAIN_OBJECT });

@Injectable()
export class SettingsRepository {
  private readonly store: GuardedCollection<{ id: string; values: Partial<Settings>; revision: number }>;

  constructor(@InjectModel('Settings') model: Model<unknown>) {
    this.store = new GuardedCollection(model);
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
