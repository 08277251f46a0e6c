import { Injectable } from '@nestjs/common';
import {
  type Caller,
  type Computer,
  type ComputerId,
  DomainError,
  type DpId,
  type EventKind,
  invalid,
  refuseDpChange,
  reimport,
  retire,
  serves,
  withEvents,
} from '#domain';
import { ComputerRepository, DistributionPointRepository, type Updated, updateWithRetry } from '#persistence';
import { currentTime } from '#runtime';
import { assertRevision } from '../../platform/http/if-match.js';
import { OrderCommandsService } from '../../engine/commands/order-commands.service.js';
import { ComputerRecords } from './computer-records.js';

export const COMPUTER_MISSING = 'notFound.computer';

export interface ComputerEdit {
  description?: string | null;
  address?: string | null;
  /** Given at all: refused, see {@link refuseDpChange}. */
  namesDp: boolean;
}

/** What administrators do with one computer; releasing it is the orders' business. */
@Injectable()
export class ComputersService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly dps: DistributionPointRepository,
    private readonly orders: OrderCommandsService,
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
      assertRevision(computer, revision);
      const { description = computer.inventory.description, address = computer.address } = edit;
      const same = description === computer.inventory.description && address === computer.address;
      return same ? null : { ...computer, address, inventory: { ...computer.inventory, description } };
    });
  }

  /** @throws DomainError WRONG_STATE unless it is ready */
  retire(caller: Caller, id: ComputerId): Promise<Computer> {
    return this.change(caller, id, 'retired', (computer) => {
      const outcome = retire(computer, currentTime());
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
    reimport({ ...before, openOrder: null }, dp, currentTime());
    const blocked = await this.orders.cancelForRemoval(caller, [before], false);
    const fault = blocked.get(id);
    if (fault) throw fault;
    return this.change(caller, id, 'reimported', (computer) => reimport(computer, dp, currentTime()));
  }

  private async demandServingDp(caller: Caller, computer: Computer, id: DpId): Promise<void> {
    const dp = await this.dps.findById(caller.tenants, id);
    if (dp && serves(dp, computer.tenant)) return;
    throw invalid([
      { path: 'dp', code: 'unknown', key: 'fault.dpOfOtherTenant', params: { tenant: computer.tenant } },
    ]);
  }

  private async change(
    caller: Caller,
    id: ComputerId,
    kind: EventKind,
    decide: (computer: Computer) => Computer | null,
  ): Promise<Computer> {
    const changed: Updated<Computer> = await updateWithRetry(
      () => this.computers.findById(caller.tenants, id),
      (before) => {
        const after = decide(before);
        return after && withEvents(after, [this.records.event(caller, kind, before, after)]);
      },
      (computer) => this.computers.replace(computer),
      COMPUTER_MISSING,
    );
    if (changed.after !== changed.before) await this.records.changed(caller, kind, changed);
    return changed.after;
  }
}
