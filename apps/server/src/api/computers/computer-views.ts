import { Injectable } from '@nestjs/common';
import { computerWaitReason, type Computer, type InstallOrder, type OrderId } from '#domain';
import { OrderRepository } from '#persistence';
import { currentTime } from '#runtime';
import type { Language } from '#texts';
import { SettingsService } from '../../platform/settings/settings.service.js';
import { DpNames, type NameDps } from '../distribution-points/dp-names.js';
import { computerDto } from './computer-view.js';
import type { ComputerDto } from './computer.dto.js';
import type { InLanguage } from '../../platform/http/request-language.js';

/** Computers as the API shows them, with what they wait for: that is known by their open orders. */
@Injectable()
export class ComputerViews {
  constructor(
    private readonly orders: OrderRepository,
    private readonly settings: SettingsService,
    private readonly dpNames: DpNames,
  ) {}

  async one(computer: Computer, language: Language): Promise<ComputerDto> {
    const [openOrder] = await this.openOrders([computer]);
    const named = await this.dpNames.forTexts(computer.alerts);
    return (await this.view(computer, openOrder?.[1] ?? null, named))(language);
  }

  /** In the given order. */
  async many(computers: readonly Computer[], language: Language): Promise<ComputerDto[]> {
    return (await this.inLanguages(computers)).map((view) => view(language));
  }

  /** As {@link many}, for readers of several languages. */
  async inLanguages(computers: readonly Computer[]): Promise<InLanguage<ComputerDto>[]> {
    const orders = new Map(await this.openOrders(computers));
    const named = await this.dpNames.forTexts(computers.flatMap(({ alerts }) => alerts));
    return Promise.all(
      computers.map((computer) =>
        this.view(computer, (computer.openOrder && orders.get(computer.openOrder.id)) ?? null, named),
      ),
    );
  }

  private async openOrders(computers: readonly Computer[]): Promise<[OrderId, InstallOrder][]> {
    const found = await this.orders.findByIds(computers.flatMap(({ openOrder }) => openOrder?.id ?? []));
    return found.map((order) => [order.id, order]);
  }

  private async view(
    computer: Computer,
    order: InstallOrder | null,
    named: NameDps,
  ): Promise<InLanguage<ComputerDto>> {
    const { restartAlert } = await this.settings.forDp(computer.tenant, computer.dp.assigned);
    const wait = computerWaitReason(computer, order, restartAlert);
    const now = currentTime();
    const shown = { ...computer, alerts: computer.alerts.map(named) };
    return (language) => computerDto(shown, wait, now, language);
  }
}
