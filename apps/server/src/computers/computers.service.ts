import { Injectable } from '@nestjs/common';
import {
  DomainError,
  refuseDpChange,
  reimport,
  retire,
  serves,
  telling,
  type Computer,
  type ComputerId,
  type DpId,
  type EventKind,
} from '#domain';
import { ComputerRepository, DistributionPointRepository } from '#persistence';
import type { Caller } from '../access/caller.js';
import { changeGuarded, type Changed } from '../guarded-change.js';
import { demandRevision } from '../http/if-match.js';
import { invalid } from '../http/request.pipe.js';
import { OrdersService } from '../orders/orders.service.js';
import { ComputerRecords } from './computer-records.js';

export const COMPUTER_MISSING = 'There is no such computer.';

export interface ComputerEdit {
  description?: string | null;
  address?: string | null;
  /** Given at all: refused, see {@link refuseDpChange}. */
  namesDp: boolean;
}

/** What administrators do with one computer; releasing it is the orders' business. */
@Injectable()
export class Computers {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly dps: DistributionPointRepository,
    private readonly orders: OrdersService,
    private readonly records: ComputerRecords,
  ) {}

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: ComputerId): Promise<Computer> {
    const computer = await this.computers.findById(caller.tenants, id);
    if (!computer) throw new DomainError('NOT_FOUND', COMPUTER_MISSING);
    return computer;
  }

  /** @throws DomainError DP_FIXED when a DP is named before registration (R2), REVISION_STALE */
  edit(caller: Caller, id: ComputerId, edit: ComputerEdit, revision: number | null): Promise<Computer> {
    return this.change(caller, id, 'edited', (computer) => {
      if (edit.namesDp) refuseDpChange(computer);
      demandRevision(computer, revision);
      const { description = computer.inventory.description, address = computer.address } = edit;
      const same = description === computer.inventory.description && address === computer.address;
      return same ? null : { ...computer, address, inventory: { ...computer.inventory, description } };
    });
  }

  /** @throws DomainError WRONG_STATE unless it is ready */
  retire(caller: Caller, id: ComputerId): Promise<Computer> {
    return this.change(caller, id, 'retired', (computer) => {
      const outcome = retire(computer, new Date());
      return outcome.changed ? outcome.computer : null;
    });
  }

  /**
   * R2's guarded step: deleted and imported again with another DP; the timeline goes on. An order that nobody has
   * begun is cancelled.
   *
   * @throws DomainError WRONG_STATE when it is registered or its order is in a DP's hands, VALIDATION_FAILED
   */
  async reimport(caller: Caller, id: ComputerId, dp: DpId | null): Promise<Computer> {
    const before = await this.get(caller, id);
    if (dp !== null) await this.demandServingDp(caller, before, dp);
    // Whether the rule allows it at all is asked before the order is cancelled for it.
    reimport({ ...before, openOrder: null }, dp, new Date());
    const blocked = await this.orders.cancelForRemoval(caller, [before], false);
    const fault = blocked.get(id);
    if (fault) throw fault;
    return this.change(caller, id, 'reimported', (computer) => reimport(computer, dp, new Date()));
  }

  private async demandServingDp(caller: Caller, computer: Computer, id: DpId): Promise<void> {
    const dp = await this.dps.findById(caller.tenants, id);
    if (dp && serves(dp, computer.tenant)) return;
    throw invalid([
      { path: 'dp', code: 'unknown', message: `is not a distribution point of tenant ${computer.tenant}` },
    ]);
  }

  private async change(
    caller: Caller,
    id: ComputerId,
    kind: EventKind,
    decide: (computer: Computer) => Computer | null,
  ): Promise<Computer> {
    const changed: Changed<Computer> = await changeGuarded(
      () => this.computers.findById(caller.tenants, id),
      (before) => {
        const after = decide(before);
        return after && telling(after, [this.records.event(caller, kind, before, after)]);
      },
      (computer) => this.computers.replace(computer),
      COMPUTER_MISSING,
    );
    if (changed.after !== changed.before) await this.records.changed(caller, kind, changed);
    return changed.after;
  }
}
