import { connect, createServer, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** `out`: from the program towards what it talks to; `in`: the answers. */
export type Direction = 'out' | 'in';

/** How often a slow gate lets something through. */
const TRICKLE_MS = 20;

/**
 * A TCP relay that can withhold what passes through it, so that a test can kill a program at an exact moment: after
 * something was sent and before it arrived, or after it arrived and before the answer. It can also be a bad network: silent
 * (both directions held), half open (one held), slow, or one that resets connections.
 */
export class TcpProxy {
  private readonly held = new Set<Direction>();
  private isAway = false;
  private bytesPerSecond: number | undefined;
  private recorded: Record<Direction, Map<Socket, Buffer[]>> | undefined;
  private readonly pairs = new Set<{ program: Socket; target: Socket }>();
  private server!: Server;
  port = 0;
  /** Connections that ended as soon as they were made. */
  refused = 0;

  private constructor(private readonly target: { host: string; port: number }) {}

  static async open(target: { host: string; port: number }): Promise<TcpProxy> {
    const gate = new TcpProxy(target);
    gate.server = createServer((program) => gate.relay(program));
    gate.server.listen(0, '127.0.0.1');
    await once(gate.server, 'listening');
    gate.port = (gate.server.address() as { port: number }).port;
    return gate;
  }

  /** Connections that go through it now. */
  get connections(): number {
    return this.pairs.size;
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

  /** Cuts every connection by RST, as a firewall does that has forgotten it; new ones are taken. */
  reset(): void {
    for (const { program, target } of this.pairs) {
      program.resetAndDestroy();
      target.destroy();
    }
  }

  /** From now on so much passes in a second, in each direction of each connection; undefined: as fast as it comes. */
  slow(bytesPerSecond: number | undefined): void {
    this.bytesPerSecond = bytesPerSecond;
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

  private pass(direction: Direction, from: Socket, to: Socket, chunk: Buffer): void {
    if (this.bytesPerSecond === undefined) {
      to.write(chunk);
      return;
    }
    const part = Math.max(1, Math.floor((this.bytesPerSecond * TRICKLE_MS) / 1000));
    to.write(chunk.subarray(0, part));
    from.pause();
    setTimeout(() => {
      if (chunk.length > part) this.pass(direction, from, to, chunk.subarray(part));
      else if (!this.held.has(direction)) from.resume();
    }, TRICKLE_MS);
  }

  private source(pair: { program: Socket; target: Socket }, direction: Direction): Socket {
    return direction === 'out' ? pair.program : pair.target;
  }

  private relay(program: Socket): void {
    if (this.isAway) {
      program.on('error', () => undefined);
      program.destroy();
      this.refused += 1;
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
      this.pass('out', program, target, chunk);
    });
    target.on('data', (chunk) => {
      this.keep('in', program, chunk);
      this.pass('in', target, program, chunk);
    });
    if (this.held.has('out')) program.pause();
    if (this.held.has('in')) target.pause();
  }
}
