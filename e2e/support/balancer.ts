import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';

/** Statuses with which a program says that another one may do better: it is starting, stopping, or away from its broker. */
const ELSEWHERE = new Set([502, 503]);

/** What somebody wants, read to its end so that it can be asked for twice. */
interface Wish {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/**
 * A load balancer as docs/operations.md asks for one: it takes the programs in turn, goes on to the next one where nobody
 * listens, and asks anew what may be asked twice (GET) where a program died or is not ready. Everything else that was lost
 * on the way is the caller's to repeat, and is answered with 502.
 */
export class Balancer {
  private server!: Server;
  private turn = 0;
  url = '';

  private constructor(private readonly targets: readonly string[]) {}

  static async open(targets: readonly string[]): Promise<Balancer> {
    const balancer = new Balancer(targets);
    balancer.server = createServer((wish, answer) => void balancer.serve(wish, answer));
    // a poll is open for as long as its DP likes
    balancer.server.requestTimeout = 0;
    balancer.server.listen(0, '127.0.0.1');
    await once(balancer.server, 'listening');
    balancer.url = `http://127.0.0.1:${(balancer.server.address() as { port: number }).port}`;
    return balancer;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const wish = await read(incoming).catch(() => undefined);
    if (!wish) return;
    const first = this.turn++;
    const gone = new AbortController();
    answer.once('close', () => gone.abort());
    for (let tried = 0; tried < this.targets.length; tried += 1) {
      const target = this.targets[(first + tried) % this.targets.length] ?? '';
      const isLast = tried === this.targets.length - 1;
      const outcome = await ask(target, wish, gone.signal);
      if (gone.signal.aborted) return;
      if ('answer' in outcome) {
        const { statusCode = 502, headers } = outcome.answer;
        if (!isLast && wish.method === 'GET' && ELSEWHERE.has(statusCode)) {
          outcome.answer.destroy();
          continue;
        }
        answer.writeHead(statusCode, headers);
        outcome.answer.once('error', () => answer.destroy()).pipe(answer);
        return;
      }
      if (!outcome.isUnheard && wish.method !== 'GET') break;
    }
    answer.writeHead(502, { 'content-type': 'application/json' }).end('{}');
  }
}

async function read(incoming: IncomingMessage): Promise<Wish> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { method = 'GET', url: path = '/', headers } = incoming;
  return { method, path, headers, body: Buffer.concat(chunks) };
}

/** `isUnheard`: nobody listened, so that nothing can have been done. */
function ask(
  target: string,
  { method, path, headers, body }: Wish,
  signal: AbortSignal,
): Promise<{ answer: IncomingMessage } | { isUnheard: boolean }> {
  return new Promise((resolve) => {
    const { 'transfer-encoding': _, connection: _1, ...passed } = headers;
    const given = { ...passed, 'content-length': String(body.length) };
    const asked = request(new URL(path, target), { method, headers: given, agent: false, signal });
    asked.once('response', (answer) => resolve({ answer }));
    asked.once('error', (error: NodeJS.ErrnoException) =>
      resolve({ isUnheard: error.code === 'ECONNREFUSED' }),
    );
    asked.end(body);
  });
}
