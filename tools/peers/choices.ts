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

/** What was given by a variable cannot be used: nothing else is taken in its place. */
export class UnusablePeer extends Error {
  override readonly name = 'UnusablePeer';
}

/**
 * Takes the first link that gives a peer. A link that fails is passed over like one that is not there, and that is said.
 *
 * @throws UnusablePeer for one that was given; Error with every reason when there is none
 */
export async function firstThatIsThere<T extends Peer>(
  peer: string,
  links: readonly Link<T>[],
  { whatToDo, say, signal }: ChainOptions,
): Promise<T> {
  const before: string[] = [];
  const isStopped = (): boolean => signal?.aborted === true;
  for (const link of links) {
    if (isStopped()) break;
    try {
      const found = await link(before);
      if (!('passed' in found)) return found;
      before.push(found.passed);
    } catch (error) {
      if (error instanceof UnusablePeer) throw error;
      if (isStopped()) break;
      const [reason = '', ...details] = (error instanceof Error ? error.message : String(error)).split('\n');
      before.push(reason.replace(/:$/, ''));
      say([`${peer}: ${reason}`, ...details.map((line) => `  ${line}`)].join('\n'));
    }
  }
  if (isStopped()) throw new Error(`stopped before there was a ${peer}`);
  throw new Error(`There is no ${peer}: ${before.join('; ')}.\n${whatToDo}`);
}

/** How a chain speaks, and when it ends. */
export interface ChainOptions {
  /** For people, when nothing was there. */
  readonly whatToDo: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Whether `version` is older than `wanted`, by its first two numbers: `4.4.29` is older than `5.0`. */
export function isOlder(version: string, wanted: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}

export function describeChoice(choice: Peer): string {
  return `${choice.peer}: ${choice.taken} (${choice.reason})`;
}
