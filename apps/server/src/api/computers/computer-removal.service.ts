import { Injectable } from '@nestjs/common';
import { type Caller, type Computer, type ComputerId, demandRemovable, DomainError } from '#domain';
import { ComputerRepository, retryWhenBeaten } from '#persistence';
import { OrderCommandsService } from '../../engine/commands/order-commands.service.js';
import { ComputerRecords } from './computer-records.js';
import { COMPUTER_MISSING } from './computers.service.js';

/** Computers handled together. */
const BATCH = 500;

/** Deletes computers; their orders end first, their timelines stay. */
@Injectable()
export class ComputerRemovalService {
  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderCommandsService,
    private readonly records: ComputerRecords,
  ) {}

  /**
   * @param force also when an order is leased or runs
   * @returns why a computer was not deleted, by id; the others are gone
   */
  async remove(
    caller: Caller,
    ids: readonly ComputerId[],
    force: boolean,
  ): Promise<Map<ComputerId, DomainError>> {
    const refused = new Map<ComputerId, DomainError>();
    const wanted = [...new Set(ids)];
    for (let start = 0; start < wanted.length; start += BATCH) {
      await this.removeBatch(caller, wanted.slice(start, start + BATCH), force, refused);
    }
    return refused;
  }

  private async removeBatch(
    caller: Caller,
    ids: readonly ComputerId[],
    force: boolean,
    refused: Map<ComputerId, DomainError>,
  ): Promise<void> {
    const found = await this.computers.findByIds(caller.tenants, ids);
    const known = new Set(found.map((computer) => computer.id));
    for (const id of ids) if (!known.has(id)) refused.set(id, new DomainError('NOT_FOUND', COMPUTER_MISSING));
    // Whether the rules allow it at all is asked before any order is cancelled for it.
    const allowed = found.filter((computer) => !this.isRefused({ ...computer, openOrder: null }, refused));
    const blocked = await this.orders.cancelForRemoval(caller, allowed, force);
    for (const [id, fault] of blocked) refused.set(id, fault);
    // side by side, so that they share round trips
    const removable = allowed.filter(({ id }) => !refused.has(id));
    await Promise.all(removable.map(({ id }) => this.removeOne(caller, id, refused)));
  }

  private async removeOne(
    caller: Caller,
    id: ComputerId,
    refused: Map<ComputerId, DomainError>,
  ): Promise<void> {
    await retryWhenBeaten(`computer ${id}`, async () => {
      const computer = await this.computers.findById(caller.tenants, id);
      if (!computer || this.isRefused(computer, refused)) return true;
      if (!(await this.computers.remove(id, computer.revision))) return undefined;
      await this.records.removed(caller, computer);
      return true;
    });
  }

  private isRefused(computer: Computer, refused: Map<ComputerId, DomainError>): boolean {
    try {
      demandRemovable(computer);
      return false;
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      refused.set(computer.id, error);
      return true;
    }
  }
}
