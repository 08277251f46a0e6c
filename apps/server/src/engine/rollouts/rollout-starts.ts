import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import {
  rolloutKind,
  type Caller,
  type ComputerId,
  type OrderId,
  type Rollout,
  type RolloutMember,
  type SkipReason,
} from '#domain';
import { RolloutMemberRepository } from '#persistence';
import { OrderCommandsService } from '../commands/order-commands.service.js';
import type { ReleaseInput, ReleaseResult } from '../commands/release-decision.js';

/**
 * Starts the members that a rollout has granted. May be done twice, and by two servers at once: each member has one
 * order, whose id follows from rollout and computer, and is noted once.
 */
@Injectable()
export class RolloutStarts {
  constructor(
    private readonly members: RolloutMemberRepository,
    private readonly commands: OrderCommandsService,
  ) {}

  async carryOut(rollout: Rollout, now: Date): Promise<void> {
    const { grant } = rollout;
    if (!grant) return;
    const granted = await this.members.ofComputers(rollout.id, grant.computers);
    const waiting = granted.filter(({ state }) => state === 'waiting');
    const wishes = new Map<ComputerId, ReleaseInput>(
      waiting.map((member) => [member.computer, wishOf(rollout, member)]),
    );
    const results = await this.commands.releaseEach(callerOf(rollout), wishes);
    const byComputer = new Map(results.map((result) => [result.computer, result]));
    const started: { id: string; order: OrderId }[] = [];
    const skipped = new Map<SkipReason, string[]>();
    for (const { id, computer } of waiting) {
      const result = byComputer.get(computer);
      const order = orderOf(rollout, computer);
      if (result?.order === order) started.push({ id, order });
      else skipped.set(reasonOf(result), [...(skipped.get(reasonOf(result)) ?? []), id]);
    }
    if ((await this.members.noteStarted(started, grant.at)) < started.length)
      await this.cancelUnowned(rollout, grant.computers);
    for (const [reason, ids] of skipped) await this.members.skip(ids, reason, now);
  }

  /** Members may be left out, by an abort or by a person, while their orders are made: nobody would follow those. */
  private async cancelUnowned(rollout: Rollout, granted: readonly ComputerId[]): Promise<void> {
    const members = await this.members.ofComputers(rollout.id, granted);
    const leftOut = members.filter(({ state, order }) => state === 'skipped' && order === null);
    if (leftOut.length === 0) return;
    const orders = leftOut.map(({ computer }) => orderOf(rollout, computer));
    await this.commands.cancel(callerOf(rollout), orders);
  }
}

/** Released by somebody else meanwhile, gone, or refused. */
function reasonOf(result: ReleaseResult | undefined): SkipReason {
  if (!result || result.code === 'NOT_FOUND') return 'DELETED';
  return result.order === null ? 'REFUSED' : 'OTHERWISE';
}

function wishOf(rollout: Rollout, { computer }: RolloutMember): ReleaseInput {
  return {
    kind: rolloutKind(rollout),
    release: rollout.release,
    notBefore: null,
    note: rollout.note,
    retryOf: null,
    rollout: { id: rollout.id, order: orderOf(rollout, computer) },
  };
}

/** In the name of whoever asked for the rollout. */
function callerOf({ id, tenant, requestedBy }: Rollout): Caller {
  return {
    id: `rollout:${id}`,
    name: requestedBy,
    role: 'operator',
    tenants: [tenant],
    address: null,
    request: id,
  };
}

/** The one order that a rollout makes of a computer, in the form of the other ids. */
function orderOf({ id }: Rollout, computer: ComputerId): OrderId {
  const hex = createHash('sha256').update(`${id} ${computer}`).digest('hex').slice(0, 32);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  ) as OrderId;
}
