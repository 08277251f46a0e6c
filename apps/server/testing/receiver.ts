import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that arrived. */
export interface Received {
  path: string;
  headers: IncomingHttpHeaders;
  text: string;
  /** The parsed body. */
  body: any; // eslint-disable-line typescript/no-explicit-any
}

type Behaviour = (response: ServerResponse, request: IncomingMessage, count: number) => void;

/** Something on the web that is told of notices, and answers each path as it was told to. */
export class Receiver {
  readonly received: Received[] = [];
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly server = createServer((request, response) => void this.take(request, response));

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((done) => receiver.server.listen(0, '127.0.0.1', done));
    return receiver;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** How a path answers; without a word on it: 204. */
  answer(path: string, behaviour: Behaviour): void {
    this.behaviours.set(path, behaviour);
  }

  at(path: string): Received[] {
    return this.received.filter((one) => one.path === path);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    let text = '';
    for await (const chunk of request) text += String(chunk);
    this.received.push({ path, headers: request.headers, text, body: JSON.parse(text) });
    const behaviour = this.behaviours.get(path);
    if (behaviour) behaviour(response, request, this.at(path).length);
    else response.writeHead(204).end();
  }
}
