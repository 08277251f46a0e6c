import { Injectable } from '@nestjs/common';
import type { RolloutId } from '#domain';

/** Wakes whoever moves rollouts on: something was heard of their members, or a person has changed them. */
@Injectable()
export class RolloutBell {
  private listener: ((rollouts: ReadonlySet<RolloutId>) => void) | undefined;

  ring(rollouts: ReadonlySet<RolloutId>): void {
    if (rollouts.size > 0) this.listener?.(rollouts);
  }

  onRing(listener: (rollouts: ReadonlySet<RolloutId>) => void): void {
    this.listener = listener;
  }
}
