/** A peer that is there now: what was taken, and why. */
export interface Peer {
  /** `MongoDB` or `RabbitMQ`. */
  readonly peer: string;
  /** What it is, for people: `a private node of RabbitMQ 3.10.8`. */
  readonly taken: string;
  /** Why this and nothing before it in the chain. */
  readonly reason: string;
  /** Its pid on this machine while it runs; null when it is not a process of ours. */
  readonly pid: number | null;
  /** Starts it again with its data, on the same ports, after it died; only where it is a process of ours. */
  readonly restart?: () => Promise<void>;
  /** Stops it and keeps its data; one that was given is left alone. */
  stop(): Promise<void>;
  /** Stops it at once and throws its data away; one that was given is left alone. */
  wipe(): Promise<void>;
}

/** Where one link of a chain says that it cannot be taken. */
export interface Passed {
  readonly passed: string;
}

/** One way to get a peer: the peer, or why not. */
export type Link<T extends Peer> = (before: readonly string[]) => Promise<T | Passed>;

/** Takes the first link that gives a peer; an error with every reason when none does. */
export async function firstThatIsThere<T extends Peer>(
  peer: string,
  links: readonly Link<T>[],
  whatToDo: string,
): Promise<T> {
  const before: string[] = [];
  for (const link of links) {
    const found = await link(before);
    if (!('passed' in found)) return found;
    before.push(found.passed);
  }
  throw new Error(`There is no ${peer}: ${before.join('; ')}.\n${whatToDo}`);
}

export function describeChoice(choice: Peer): string {
  return `${choice.peer}: ${choice.taken} (${choice.reason})`;
}
