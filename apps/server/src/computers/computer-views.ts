import { Injectable } from '@nestjs/common';
import { waitOfComputer, type Computer, type InstallOrder, type OrderId } from '#domain';
import { OrderRepository } from '#persistence';
import { SettingsService } from '../settings/settings.service.js';
import { computerDto } from './computer-view.js';
import type { ComputerDto } from './computer.dto.js';

/** Computers as the API shows them, with what they wait for: that is known by their open orders. */
@Injectable()
export class ComputerViews {
  constructor(
    private readonly orders: OrderRepository,
    private readonly settings: SettingsService,
  ) {}

  async one(computer: Computer): Promise<ComputerDto> {
    const [openOrder] = await this.openOrders([computer]);
    return this.view(computer, openOrder?.[1] ?? null);
  }

  /** In the given order. */
  async many(computers: readonly Computer[]): Promise<ComputerDto[]> {
    const orders = new Map(await this.openOrders(computers));
    return Promise.all(
      computers.map((computer) =>
        this.view(computer, (computer.openOrder && orders.get(computer.openOrder.id)) ?? null),
      ),
    );
  }

  private async openOrders(computers: readonly Computer[]): Promise<[OrderId, InstallOrder][]> {
    const found = await this.orders.findByIds(computers.flatMap(({ openOrder }) => openOrder?.id ?? []));
    return found.map((order) => [order.id, order]);
  }

  private async view(computer: Computer, order: InstallOrder | null): Promise<ComputerDto> {
    const { restartAlert } = await this.settings.forDp(computer.tenant, computer.dp.assigned);
    return computerDto(computer, waitOfComputer(computer, order, restartAlert), new Date());
  }
}
