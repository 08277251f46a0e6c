import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** `out`: from the program towards what it talks to; `in`: the answers. */
export type Direction = 'out' | 'in';

/**
 * A TCP relay that can withhold what passes through it, so that a test can kill a program at an exact moment: after
 * something was sent and before it arrived, or after it arrived and before the answer.
 */
export class TcpGate {
  private readonly held = new Set<Direction>();
  private isAway = false;
  private recorded: Record<Direction, Map<Socket, Buffer[]>> | undefined;
  private readonly pairs = new Set<{ program: Socket; target: Socket }>();
  private server!: Server;
  port = 0;

  private constructor(private readonly target: { host: string; port: number }) {}

  static async open(target: { host: string; port: number }): Promise<TcpGate> {
    const gate = new TcpGate(target);
    gate.server = createServer((program) => gate.relay(program));
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    gate.port = (gate.server.address() as { port: number }).port;
    return gate;
  }

  /** From now on nothing passes in this direction; what comes waits. */
  hold(direction: Direction): void {
    this.held.add(direction);
    for (const pair of this.pairs) this.source(pair, direction).pause();
  }

  /** What waited goes on. */
  release(): void {
    const held = [...this.held];
    this.held.clear();
    for (const direction of held) for (const pair of this.pairs) this.source(pair, direction).resume();
  }

  /** From now on everything that passes is kept. */
  record(): void {
    this.recorded = { out: new Map(), in: new Map() };
  }

  /** What has passed since {@link record}, each connection on its own. */
  passed(direction: Direction): Buffer[] {
    return [...(this.recorded?.[direction].values() ?? [])].map((chunks) => Buffer.concat(chunks));
  }

  /** Cuts every connection; new ones are taken. */
  cut(): void {
    for (const { program, target } of this.pairs) {
      program.destroy();
      target.destroy();
    }
  }

  /** As if the target had stopped: connections end, and new ones as soon as they are made. */
  goAway(): void {
    this.isAway = true;
    this.cut();
  }

  comeBack(): void {
    this.isAway = false;
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private keep(direction: Direction, program: Socket, chunk: Buffer): void {
    const kept = this.recorded?.[direction];
    if (!kept) return;
    const before = kept.get(program);
    if (before) before.push(chunk);
    else kept.set(program, [chunk]);
  }

  private source(pair: { program: Socket; target: Socket }, direction: Direction): Socket {
    return direction === 'out' ? pair.program : pair.target;
  }

  private relay(program: Socket): void {
    if (this.isAway) {
      program.on('error', () => undefined);
      program.destroy();
      return;
    }
    const target = connect(this.target);
    const pair = { program, target };
    this.pairs.add(pair);
    const end = (): void => {
      this.pairs.delete(pair);
      program.destroy();
      target.destroy();
    };
    for (const socket of [program, target]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    program.on('data', (chunk) => {
      this.keep('out', program, chunk);
      target.write(chunk);
    });
    target.on('data', (chunk) => {
      this.keep('in', program, chunk);
      program.write(chunk);
    });
    if (this.held.has('out')) program.pause();
    if (this.held.has('in')) target.pause();
  }
}
