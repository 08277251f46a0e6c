import { isAboutStarting, isSerious, parseLine, type LogLine, textOf } from './log-lines.ts';

/** What a line is about, as far as the digest needs it. */
interface Facts {
  readonly order?: string;
  readonly computer?: string;
  readonly dp?: string;
  readonly to?: string;
  readonly state?: string;
  readonly phase?: string;
  readonly code?: string;
  readonly result?: string;
  readonly heldBack?: string;
  readonly version?: string;
}

type Sentence = (facts: Facts, names: Names) => string | undefined;

/** Orders and computers by the names that people know: the server's lines have ids, a gateway's and a DP's have names. */
class Names {
  private readonly ofOrders = new Map<string, string>();
  private readonly ofComputers = new Map<string, string>();

  /** @param isName whether `computer` is a name in the lines of this program */
  learn({ order, computer }: Facts, isName: boolean): void {
    if (order === undefined || computer === undefined) return;
    if (isName) this.ofOrders.set(order, computer);
    else {
      const name = this.ofOrders.get(order);
      if (name !== undefined) this.ofComputers.set(computer, name);
    }
  }

  computer(id = ''): string {
    return this.ofComputers.get(id) ?? `computer ${shortId(id)}`;
  }

  order({ order = '' }: Facts): string {
    const name = this.ofOrders.get(order);
    return `order ${shortId(order)}${name === undefined ? '' : ` for ${name}`}`;
  }
}

/** The end of an id tells orders of one moment apart; their beginning is the time. */
function shortId(id: string): string {
  return id.length > 8 ? `…${id.slice(-6)}` : id;
}

/** What of each program's ordinary lines is told, and how. The rest is in the logs. */
const SENTENCES: Readonly<Record<string, Readonly<Record<string, Sentence>>>> = {
  server: {
    'order queued': (facts, names) => `${names.order(facts)} waits on the queue of DP ${facts.dp}`,
    'order held back': (facts, names) => `${names.order(facts)} is held back: ${facts.heldBack}`,
    'order passed on': (facts, names) => `${names.order(facts)} is passed on to DP ${facts.dp}`,
    'order lease lapsed': (facts, names) => `${names.order(facts)}: DP ${facts.dp} has let it lapse`,
    'order retry': (facts, names) => `${names.order(facts)} will be tried again (${facts.code ?? 'failed'})`,
    'order succeeded': (facts, names) => `${names.order(facts)} succeeded (${facts.result ?? 'registered'})`,
    'order failed': (facts, names) => `${names.order(facts)} FAILED: ${facts.code ?? 'no code'}`,
    'order expired': (facts, names) => `${names.order(facts)} has expired`,
    'order cancelled': (facts, names) => `${names.order(facts)} is cancelled`,
    'order outcome unknown': (facts, names) => `${names.order(facts)} ended, and nobody knows how`,
    'client registered': (facts, names) => `${names.computer(facts.computer)} has registered: ${facts.state}`,
    'client contact': (facts, names) => `${names.computer(facts.computer)} is ${facts.state}`,
    'DP enrolled': ({ dp }) => `DP ${dp} has joined`,
    'DP enrolled by a key': ({ dp }) => `DP ${dp} has joined`,
  },
  'dp-gateway': {
    'order handed over': (facts, names) => `${names.order(facts)} handed to DP ${facts.dp}`,
  },
  'dp-agent': {
    'agent started': ({ dp, version }) => `the agent of DP ${dp} runs (${version})`,
    'order accepted': (facts, names) => `${names.order(facts)} accepted, work begins`,
    'agent ended': () => 'the agent has ended',
  },
};

/** Lines that are sentences already. */
const TOLD_AS_THEY_ARE = /^(?:import|directory) \S+(?: failed)?: /;

/** One account of what all programs do, for the people at the terminal. */
export class Digest {
  private readonly names = new Names();

  /**
   * What is told of one line of a program's log; undefined: nothing.
   *
   * @param isQuiet only what is wrong
   */
  of(text: string, isQuiet: boolean): string | undefined {
    const line = parseLine(text);
    // a crash, or a word of Node itself
    if (line === undefined) return text;
    const { name: program = '', level } = line;
    if (isSerious(line)) return textOf(line);
    const facts = factsOf(line);
    this.names.learn(facts, program !== 'server');
    if (isQuiet || level !== 'info' || isAboutStarting(line)) return undefined;
    const { msg = '' } = line;
    return TOLD_AS_THEY_ARE.test(msg) ? msg : SENTENCES[program]?.[msg]?.(facts, this.names);
  }
}

function factsOf(line: LogLine): Facts {
  return Object.fromEntries(Object.entries(line).filter(([, value]) => typeof value === 'string'));
}
