import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** A real proxy that knows CONNECT and nothing else, and remembers where it was asked to connect to. */
export class ConnectProxy {
  readonly targets: string[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server: Server = createServer((_, response) => response.writeHead(405).end());

  async start(): Promise<void> {
    this.server.on('connect', (request: IncomingMessage, socket: Socket) => this.tunnel(request, socket));
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private tunnel(request: IncomingMessage, socket: Socket): void {
    const target = request.url ?? '';
    this.targets.push(target);
    const at = target.lastIndexOf(':');
    const far = connect(Number(target.slice(at + 1)), target.slice(0, at), () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(far).pipe(socket);
    });
    for (const one of [socket, far]) {
      this.sockets.add(one);
      one.on('error', () => [socket, far].forEach((end) => end.destroy()));
      one.on('close', () => this.sockets.delete(one));
    }
  }
}
