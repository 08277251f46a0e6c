/** A table of moves: for each state, the states it may leave to. */
export type Moves<State extends string> = Readonly<Record<State, readonly State[]>>;

/**
 * Faults of a table of moves seen as a graph: states that cannot be reached from `start`, states without a way to a
 * final one. A state is final when it leaves to nothing.
 */
export function faultsOfMoves<State extends string>(moves: Moves<State>, start: State): string[] {
  const states = Object.keys(moves) as State[];
  const reachable = closure(moves, start);
  const faults = states.filter((s) => !reachable.has(s)).map((s) => `${s} cannot be reached from ${start}`);
  for (const state of states) {
    const ends = [...closure(moves, state)].some((s) => moves[s].length === 0);
    if (!ends) faults.push(`${state} never ends`);
  }
  return faults;
}

function closure<State extends string>(moves: Moves<State>, from: State): Set<State> {
  const seen = new Set<State>([from]);
  for (const state of seen) for (const next of moves[state]) seen.add(next);
  return seen;
}
