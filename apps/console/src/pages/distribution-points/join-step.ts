import type { Schema } from '../../api.js';

type Dp = Pick<Schema['DistributionPointDto'], 'state'> & {
  machines: readonly Pick<Schema['DpMachineDto'], 'joinedAt'>[];
};

/** `waiting`: the line was not run yet; `joined`: its machine is to be enabled; `enabled`: it is. */
export type JoinStep = 'waiting' | 'joined' | 'enabled';

/**
 * How far it is with the machine that is to run the line of a DP. A machine may join again with the keys that it has: it is the
 * time that tells. A DP that goes on as it was, enabled, has nobody's word that the line was run.
 *
 * @param last what was told so far
 * @param before the DP when its line was made
 */
export function joinStep(last: JoinStep, before: Dp, now: Dp): JoinStep {
  if (now.state === 'enabled')
    return last !== 'waiting' || before.state === 'pending' ? 'enabled' : 'waiting';
  return now.state === 'pending' && joinedAt(now) > joinedAt(before) ? 'joined' : 'waiting';
}

/** In ms since 1970; 0: no machine has. */
function joinedAt({ machines: [first] }: Dp): number {
  return first ? Date.parse(first.joinedAt) : 0;
}
