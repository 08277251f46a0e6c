import { Injectable } from '@nestjs/common';
import type { ChangeEvent, EventTopic } from '#contract';
import type { BrakeId, ComputerId, DpId, ImportRunId, OrderId, TenantId } from '#domain';
import {
  BrakeRepository,
  ComputerRepository,
  DistributionPointRepository,
  ImportRunRepository,
  OrderRepository,
} from '#persistence';
import { brakeDto } from '../brakes/brake.dto.js';
import { ComputerViews } from '../computers/computer-views.js';
import { DpViews } from '../distribution-points/dp-views.js';
import { importRunDto } from '../imports/import-view.js';
import { orderDto } from '../orders/order.dto.js';

/** Topics that consoles hear; changes of keys are for gateways alone. */
export type ShownTopic = Exclude<EventTopic, 'keys'>;

interface Item {
  topic: ShownTopic | 'reload';
  tenant: TenantId | null;
  data: unknown;
  /** Of what belongs to no tenant: all that those hear who do not see every tenant. Absent: the same. */
  shared?: unknown;
}

/** Looks up what changed, as the lists show it. */
@Injectable()
export class EventItems {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly dps: DistributionPointRepository,
    private readonly runs: ImportRunRepository,
    private readonly brakes: BrakeRepository,
    private readonly views: DpViews,
    private readonly computerViews: ComputerViews,
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
          ? { topic: 'reload', tenant: of, data: {} }
          : { topic, tenant: of, data: { id, deleted: true } },
      );
    }
    return items;
  }

  private async found(
    topic: ShownTopic,
    ids: readonly string[],
  ): Promise<(Omit<Item, 'topic'> & { id: string })[]> {
    switch (topic) {
      case 'computer': {
        const computers = await this.computers.findByIds('all', ids as ComputerId[]);
        const shown = await this.computerViews.many(computers);
        return computers.map(({ id, tenant }, index) => ({ id, tenant, data: shown[index] }));
      }
      case 'order': {
        const orders = await this.orders.findByIds(ids as OrderId[]);
        return orders.map((one) => ({ id: one.id, tenant: one.tenant, data: orderDto(one) }));
      }
      case 'dp': {
        const dps = await this.dps.findByIds(ids as DpId[]);
        const views = await this.views.many('all', dps);
        return dps.map(({ id, tenant }, index) => {
          const data = views[index];
          if (tenant !== null || !data) return { id, tenant, data };
          // its orders are everybody's together; each tenant asks for the count of its own
          const { orders: _, queue: __, ...shared } = data;
          return { id, tenant, data, shared };
        });
      }
      case 'import': {
        const runs = await Promise.all(ids.map((id) => this.runs.findById('all', id as ImportRunId)));
        return runs.flatMap((one) =>
          one ? [{ id: one.id, tenant: one.tenant, data: importRunDto(one) }] : [],
        );
      }
      case 'brake': {
        const brakes = await this.brakes.findByIds(ids as BrakeId[]);
        // of one that concerns every tenant, everybody may know all but whose orders led to it
        return brakes.map((one) => ({
          id: one.id,
          tenant: one.tenant,
          data: brakeDto(one, one.tenant === null ? [] : [one.tenant]),
        }));
      }
      default:
        return topic satisfies never;
    }
  }
}
