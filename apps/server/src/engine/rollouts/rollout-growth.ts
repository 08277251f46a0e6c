import { Injectable } from '@nestjs/common';
import {
  memberId,
  rolloutDp,
  rolloutKind,
  type Computer,
  type ComputerId,
  type Rollout,
  type RolloutId,
  type RolloutMember,
  type TenantId,
} from '#domain';
import { ComputerRepository, RolloutMemberRepository, type ComputerFilter } from '#persistence';

/** Members of a rollout at most. */
export const MOST_MEMBERS = 50_000;
const BATCH = 1000;

/** Looking for new ones takes this part of the time at most. */
const LOOKING_SHARE = 20;

/** Who is new among the computers that a growing rollout asks for. */
@Injectable()
export class RolloutGrowth {
  /** When a rollout is looked at again at the earliest, in milliseconds. */
  private readonly againAt = new Map<RolloutId, number>();

  constructor(
    private readonly computers: ComputerRepository,
    private readonly members: RolloutMemberRepository,
  ) {}

  /**
   * Takes in who has come since. What is told is counted, not added up: whoever stored new members and died before the
   * rollout knew of them is caught up with by the next look.
   *
   * @returns members that the rollout does not know of yet
   */
  async grow(rollout: Rollout): Promise<number> {
    if (!rollout.growing || rollout.state === 'aborting') return 0;
    const began = performance.now();
    if ((this.againAt.get(rollout.id) ?? 0) > began) return 0;
    await this.takeIn(rollout, rollout.growing);
    const unknown = (await this.members.count(rollout.id)) - rollout.size;
    const ended = performance.now();
    this.againAt.set(rollout.id, ended + (ended - began) * LOOKING_SHARE);
    return Math.max(0, unknown);
  }

  private async takeIn(rollout: Rollout, filter: ComputerFilter): Promise<void> {
    const ids = await this.computers.idsMatching([rollout.tenant], filter, MOST_MEMBERS);
    const lastWave = rollout.waves.length - 1;
    let position = rollout.size;
    for (let start = 0; start < ids.length; start += BATCH) {
      const batch = ids.slice(start, start + BATCH);
      const known = new Set(
        (await this.members.ofComputers(rollout.id, batch)).map(({ computer }) => computer),
      );
      const fresh = batch.filter((id) => !known.has(id));
      if (fresh.length === 0) continue;
      const found = await this.computers.findByIds([rollout.tenant], fresh);
      await this.members.append(
        found.map((computer) => newMember(rollout, computer, lastWave, (position += 1))),
      );
    }
  }
}

/** A computer that waits for its turn. */
export function newMember(
  rollout: Pick<Rollout, 'id' | 'kind'>,
  computer: Computer,
  wave: number,
  position: number,
): RolloutMember {
  const { id, tenant, name }: { id: ComputerId; tenant: TenantId; name: string } = computer;
  return {
    id: memberId(rollout.id, id),
    tenant,
    rollout: rollout.id,
    computer: id,
    name,
    dp: rolloutDp(rolloutKind(rollout), computer),
    wave,
    position,
    state: 'waiting',
    order: null,
    code: null,
    phase: null,
    native: null,
    skipped: null,
    startedAt: null,
    resultAt: null,
    seen: 0,
  };
}
