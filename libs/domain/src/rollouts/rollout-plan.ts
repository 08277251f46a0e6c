import type { ComputerId, DpId } from '../base/ids.js';
import type { RolloutWave, WaveInput, WaveSize } from './rollout.js';

/** Who comes into a rollout. */
export interface Candidate {
  computer: ComputerId;
  dp: DpId;
}

/** A candidate with its place. */
export interface Placed<Of extends Candidate> {
  candidate: Of;
  wave: number;
  position: number;
}

/** A small first one, a larger one, then all others: where nothing else is asked for. */
export const DEFAULT_WAVES: readonly WaveInput[] = [1, 10].map((percent) => ({
  size: { count: null, percent, dps: null, computers: null },
  gate: 'auto',
}));

/**
 * Puts candidates into waves. A wave by number or percent takes of every DP about as many, so that a small one shows
 * something of each; what no wave takes is the last one. Waves that get nobody are left out.
 */
export function planWaves<Of extends Candidate>(
  candidates: readonly Of[],
  inputs: readonly WaveInput[],
): { waves: RolloutWave[]; members: Placed<Of>[] } {
  let left = mixedByDp(candidates);
  const groups: { gate: RolloutWave['gate']; members: Of[] }[] = [];
  for (const { size, gate } of inputs) {
    const taken = new Set(takenBy(size, left, candidates.length));
    const members = left.filter((one) => taken.has(one));
    left = left.filter((one) => !taken.has(one));
    if (members.length > 0) groups.push({ gate, members });
  }
  if (left.length > 0) groups.push({ gate: 'auto', members: left });
  let position = 0;
  return {
    waves: groups.map(({ gate, members }) => ({
      size: members.length,
      gate,
      begunAt: null,
      provenAt: null,
      passedAt: null,
      passedBy: null,
    })),
    members: groups.flatMap(({ members }, wave) =>
      members.map((candidate) => ({ candidate, wave, position: (position += 1) })),
    ),
  };
}

function takenBy<Of extends Candidate>(size: WaveSize, left: readonly Of[], all: number): readonly Of[] {
  const { count, percent, dps, computers } = size;
  const named = left.filter(
    (one) => (!dps || dps.includes(one.dp)) && (!computers || computers.includes(one.computer)),
  );
  const most = count ?? (percent === null ? named.length : Math.max(1, Math.round((all * percent) / 100)));
  return named.slice(0, most);
}

/** In turn one of each DP. */
function mixedByDp<Of extends Candidate>(candidates: readonly Of[]): Of[] {
  const byDp = [...Map.groupBy(candidates, ({ dp }) => dp).values()];
  const longest = Math.max(0, ...byDp.map((of) => of.length));
  return Array.from({ length: longest }, (_, turn) => byDp.flatMap((of) => of[turn] ?? [])).flat();
}
