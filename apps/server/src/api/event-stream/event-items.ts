import { Injectable } from '@nestjs/common';
import type { ChangeEvent, EventTopic } from '#contract';
import type { BrakeId, ComputerId, DpId, ImportRunId, OrderId, RolloutId, TenantId } from '#domain';
import {
  BrakeRepository,
  ComputerRepository,
  DistributionPointRepository,
  ImportRunRepository,
  OrderRepository,
  RolloutRepository,
} from '#persistence';
import type { Language } from '#texts';
import { brakeDto } from '../brakes/brake.dto.js';
import { ComputerViews } from '../computers/computer-views.js';
import { DpViews } from '../distribution-points/dp-views.js';
import { importRunDto } from '../imports/import-view.js';
import { orderDto } from '../orders/order.dto.js';
import { RolloutViews } from '../rollouts/rollout-views.js';
import type { InLanguage } from '../../platform/http/request-language.js';

/** Topics that consoles hear; changes of keys are for gateways alone. */
export type ShownTopic = Exclude<EventTopic, 'keys'>;

interface Item {
  topic: ShownTopic | 'reload';
  tenant: TenantId | null;
  data: InLanguage<unknown>;
  /** Of what belongs to no tenant: all that those hear who do not see every tenant. Absent: the same. */
  shared?: InLanguage<unknown>;
}

type Found = Omit<Item, 'topic'> & { id: string };

/** Looks up what changed, as the lists show it. */
@Injectable()
export class EventItems {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly runs: ImportRunRepository,
    private readonly brakes: BrakeRepository,
    private readonly rollouts: RolloutRepository,
    private readonly views: DpViews,
    private readonly computerViews: ComputerViews,
    private readonly rolloutViews: RolloutViews,
  ) {}

  /** What no longer exists is told as `{id, deleted: true}`. */
  async of(topic: ShownTopic, changes: readonly ChangeEvent[]): Promise<Item[]> {
    const found = await this.found(
      topic,
      changes.map(({ id }) => id),
    );
    const known = new Set(found.map(({ id }) => id));
    const items: Item[] = found.map(({ tenant, data, shared }) => ({ topic, tenant, data, shared }));
    for (const { id, tenant } of changes) {
      if (known.has(id)) continue;
      // An import that changed many computers names itself instead of each of them
      const isMany = topic === 'computer' && (await this.runs.findById('all', id as ImportRunId)) !== null;
      const of = tenant as TenantId | null;
      items.push(
        isMany
          ? { topic: 'reload', tenant: of, data: () => ({}) }
          : { topic, tenant: of, data: () => ({ id, deleted: true }) },
      );
    }
    return items;
  }

  private async found(topic: ShownTopic, ids: readonly string[]): Promise<Found[]> {
    switch (topic) {
      case 'computer': {
        const computers = await this.computers.findByIds('all', ids as ComputerId[]);
        const shown = await this.computerViews.inLanguages(computers);
        return computers.flatMap(({ id, tenant }, index) => {
          const data = shown[index];
          return data ? [{ id, tenant, data }] : [];
        });
      }
      case 'order': {
        const orders = await this.orders.findByIds(ids as OrderId[]);
        return orders.map((one) => ({ id: one.id, tenant: one.tenant, data: () => orderDto(one) }));
      }
      case 'dp': {
        const dps = await this.dps.findByIds(ids as DpId[]);
        const views = await this.views.inLanguages('all', dps);
        return dps.flatMap(({ id, tenant }, index): Found[] => {
          const data = views[index];
          if (!data) return [];
          if (tenant !== null) return [{ id, tenant, data }];
          // its orders, its accounts and what stands against them are everybody's together; each tenant asks for its own
          const shared = (language: Language): unknown => {
            const {
              orders: _,
              queue: __,
              alerts: ___,
              accountsToEnter: ____,
              machines: _____,
              ...rest
            } = data(language);
            return rest;
          };
          return [{ id, tenant, data, shared }];
        });
      }
      case 'import': {
        const runs = await Promise.all(ids.map((id) => this.runs.findById('all', id as ImportRunId)));
        return runs.flatMap((one) =>
          one ? [{ id: one.id, tenant: one.tenant, data: (language) => importRunDto(one, language) }] : [],
        );
      }
      case 'brake': {
        const brakes = await this.brakes.findByIds(ids as BrakeId[]);
        // of one that concerns every tenant, everybody may know all but whose orders led to it
        return brakes.map((one) => ({
          id: one.id,
          tenant: one.tenant,
          data: (language) => brakeDto(one, one.tenant === null ? [] : [one.tenant], language),
        }));
      }
      case 'rollout': {
        const rollouts = await this.rollouts.findByIds('all', ids as RolloutId[]);
        return Promise.all(
          rollouts.map(async (one) => ({
            id: one.id,
            tenant: one.tenant,
            data: await this.rolloutViews.inLanguages(one),
          })),
        );
      }
      default:
        return topic satisfies never;
    }
  }
}
