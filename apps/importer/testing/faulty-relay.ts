import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * A relay before a server that goes wrong once: when the first connection has got so many bytes, it is cut, or nothing
 * comes any more. Later connections pass.
 */
export class FaultyTcpProxy {
  private readonly sockets = new Set<Socket>();
  private fresh = true;

  private constructor(
    private readonly server: Server,
    private readonly fault: 'cut' | 'hold',
    private readonly bytes: number,
  ) {}

  static async before(
    target: { host: string; port: number },
    { fault, bytes }: { fault: 'cut' | 'hold'; bytes: number },
  ): Promise<FaultyTcpProxy> {
    const server = createServer((client) => relay.pass(client, connect(target)));
    const relay = new FaultyTcpProxy(server, fault, bytes);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, 'close');
  }

  private pass(client: Socket, target: Socket): void {
    const faulty = this.fresh;
    this.fresh = false;
    let passed = 0;
    const end = (): void => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      this.sockets.add(socket);
      socket.on('error', end).on('close', end);
    }
    client.on('data', (chunk) => target.write(chunk));
    target.on('data', (chunk: Buffer) => {
      passed += chunk.length;
      if (!faulty || passed < this.bytes) client.write(chunk);
      else if (this.fault === 'cut') end();
    });
  }
}
