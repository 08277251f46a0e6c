import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  type OrderContext,
  type OrderFence,
  type PollAnswer,
  type PollRequest,
  proofText,
  type RegisterRequest,
  type Report,
  type WireOrder,
} from '#contract';
import {
  type AccountSecret,
  claimedDp,
  dpKeyFingerprint,
  generateSigningKeyPair,
  publicKeyFromText,
  publicKeyText,
  sealAccount,
  sealingKeyId,
  serverKeyFingerprint,
  signOrder,
  signText,
  verifyDpToken,
} from '#sealing';

/** What a request is answered with instead of the truth; `cut` does the work and then drops the connection. */
export type Misbehaviour =
  { status: number; body?: object | string; headers?: Record<string, string> } | 'cut';

/**
 * A real HTTP server that speaks the gateway's side of the DP protocol, and the client API behind it, from memory: what
 * the agent is tested against. It verifies every token and knows only what a gateway knows.
 */
export class TestGateway {
  readonly server = generateSigningKeyPair();
  readonly dp = 'dp-1';
  readonly polls: PollRequest[] = [];
  readonly reports: Report[] = [];
  /** Bytes of each call with reports. */
  readonly reportCalls: number[] = [];
  /** What each call with reports said of the request and the trace that they belong to. */
  readonly reportContexts: OrderContext[] = [];
  readonly registrations: RegisterRequest[] = [];
  readonly downloads: { range: string | undefined }[] = [];
  /** Release files by path. */
  readonly files = new Map<string, Buffer>();
  pollAfter = 0.2;
  /** Seconds by which its clock is ahead of the truth. */
  clockOffset = 0;
  /** False: long polls are off, every poll is answered at once. */
  holdsPolls = true;
  readonly misbehave: Record<'poll' | 'proof' | 'reports' | 'files' | 'register', Misbehaviour[]> = {
    proof: [],
    poll: [],
    reports: [],
    files: [],
    register: [],
  };
  /** Refuses single reports, as a gateway that knows better would. */
  faulty: (report: Report) => boolean = () => false;
  /** Polls that are held open. */
  openPolls = 0;
  signingKey = '';
  sealingKey = '';

  private readonly cancel: OrderFence[] = [];
  private readonly lost: OrderFence[] = [];
  private waiting: { order: WireOrder; signature: string }[] = [];
  private readonly answers = new Map<string, PollAnswer>();
  private wake: () => void = () => undefined;
  private readonly http: Server;

  /** @param tls PEM texts; without them it speaks plain HTTP */
  constructor(private readonly tls?: { cert: string; key: string }) {
    const handle = (request: IncomingMessage, response: ServerResponse) =>
      void this.handle(request, response);
    this.http = tls ? createTlsServer(tls, handle) : createServer(handle);
  }

  /** @param host where it listens; all of them are called by {@link url} */
  async start(host = '127.0.0.1'): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(0, host, resolve));
    return this.url;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  get url(): string {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.port}`;
  }
  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }
  get serverKeyFingerprint(): string {
    return serverKeyFingerprint(this.server.publicKey);
  }

  /** Puts an order on the queue; signed unless a signature is given. */
  give(order: WireOrder, signature = signOrder(this.server.privateKey, order)): void {
    this.waiting.push({ order, signature });
    this.wake();
  }

  /** Answers a poll that is held, with nothing: the DP says in its next one how it stands. */
  nudge(): void {
    this.wake();
  }

  /** Tells the DP with its next answer to stop an order, or that its lease is gone. */
  tell(what: 'cancel' | 'lost', order: WireOrder, fence = order.fence): void {
    this[what].push({ order: order.order, fence });
    this.wake();
  }

  /** Seals an account to the enrolled DP. */
  seal(account: string, secret: AccountSecret): WireOrder['accounts'][number] {
    const key = publicKeyFromText('x25519', this.sealingKey);
    if (!key) throw new Error('no DP has enrolled');
    const binding = { account, keyId: sealingKeyId(key), recipient: this.dp };
    return { account, keyId: binding.keyId, sealed: sealAccount(key, binding, secret) };
  }

  reportsOf(order: string): Report[] {
    return this.reports.filter((report) => report.order === order);
  }
  /** The report that ended an order. */
  ended(order: string): Report | undefined {
    return this.reportsOf(order).findLast((report) =>
      ['succeeded', 'failed', 'cancelled'].includes(report.state),
    );
  }
  registeredAs(name: string): RegisterRequest[] {
    return this.registrations.filter((request) => request.name.toLowerCase() === name.toLowerCase());
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const kind = path.startsWith('/dp/v1/releases/') ? 'files' : (path.split('/').at(-1) ?? '');
    if (
      path.startsWith('/dp/') &&
      kind !== 'enrol' &&
      kind !== 'proof' &&
      !(await this.isTokenGood(request))
    ) {
      return send(response, 401, { code: 'UNAUTHORIZED' });
    }
    const trouble =
      kind in this.misbehave ? this.misbehave[kind as keyof typeof this.misbehave].shift() : undefined;
    if (trouble && trouble !== 'cut')
      return send(response, trouble.status, trouble.body ?? {}, trouble.headers);
    if (kind === 'files') return this.sendFile(path, request, response, trouble === 'cut');
    if (kind === 'reports') this.reportContexts.push(contextOf(request));
    const answer = await this.answer(kind, text, response);
    if (trouble === 'cut') response.destroy();
    else if (answer) send(response, answer.status, answer.body);
  }

  private async answer(
    kind: string,
    text: string,
    response: ServerResponse,
  ): Promise<{ status: number; body: object } | null> {
    const body: unknown = text === '' ? null : JSON.parse(text);
    switch (kind) {
      case 'enrol': {
        const keys = body as { signingKey: string; sealingKey: string };
        Object.assign(this, { signingKey: keys.signingKey, sealingKey: keys.sealingKey });
        return { status: 201, body: this.enrolment() };
      }
      case 'poll':
        return { status: 200, body: await this.poll(body as PollRequest, response) };
      case 'reports': {
        this.reportCalls.push(Buffer.byteLength(text));
        const { reports } = body as { reports: Report[] };
        if (reports.some(this.faulty)) return { status: 400, body: { code: 'VALIDATION_FAILED' } };
        this.reports.push(...reports);
        return { status: 202, body: { accepted: reports.length } };
      }
      case 'register': {
        const registration = body as RegisterRequest;
        this.registrations.push(registration);
        const secret = `${registration.name}.0123456789abcdef0123456789`;
        return { status: 201, body: { computer: registration.name, secret, contactAfter: 3600, dp: null } };
      }
      case 'proof': {
        const { nonce } = body as { nonce: string };
        const said = { nonce, at: new Date(Date.now() + this.clockOffset * 1000).toISOString() };
        const signature = signText(this.server.privateKey, proofText(said));
        return { status: 200, body: { ...said, signature } };
      }
      case 'live':
        return { status: 200, body: {} };
      default:
        return { status: 404, body: { code: 'NOT_FOUND' } };
    }
  }

  private enrolment(): object {
    const signing = publicKeyFromText('ed25519', this.signingKey);
    const sealing = publicKeyFromText('x25519', this.sealingKey);
    if (!signing || !sealing) throw new Error('not keys');
    return {
      dp: this.dp,
      status: 'pending',
      keyFingerprint: dpKeyFingerprint(signing, sealing),
      sealingKeyId: sealingKeyId(sealing),
      serverKey: publicKeyText(this.server.publicKey),
    };
  }

  private async isTokenGood(request: IncomingMessage): Promise<boolean> {
    const token = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    const key = publicKeyFromText('ed25519', this.signingKey);
    return claimedDp(token) === this.dp && key !== null && (await verifyDpToken(token, key, new Date())).ok;
  }

  private async poll(request: PollRequest, response: ServerResponse): Promise<PollAnswer> {
    this.polls.push(request);
    const before = this.answers.get(request.poll);
    if (before) return before;
    if (
      this.holdsPolls &&
      this.waiting.length === 0 &&
      request.wait > 0 &&
      this.cancel.length + this.lost.length === 0
    ) {
      this.openPolls += 1;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        const timer = setTimeout(resolve, request.wait * 1000);
        response.once('close', () => {
          clearTimeout(timer);
          resolve();
        });
      });
      this.openPolls -= 1;
    }
    const answer: PollAnswer = {
      status: 'enabled',
      orders: response.destroyed ? [] : this.waiting.splice(0, request.max),
      cancel: this.cancel.splice(0),
      lost: this.lost.splice(0),
      pollAfter: this.pollAfter,
      serverTime: new Date().toISOString(),
    };
    this.answers.set(request.poll, answer);
    return answer;
  }

  private sendFile(path: string, request: IncomingMessage, response: ServerResponse, cut: boolean): void {
    const { range } = request.headers;
    this.downloads.push({ range });
    const bytes = this.files.get(path);
    if (!bytes) return send(response, 404, { code: 'NOT_FOUND' });
    const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (from >= bytes.length) return send(response, 416, {});
    const rest = bytes.subarray(from);
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length });
    if (!cut) response.end(rest);
    else {
      // what was sent arrives; then the connection is gone
      response.write(rest.subarray(0, rest.length >> 1));
      response.socket?.end();
    }
  }
}

function send(
  response: ServerResponse,
  status: number,
  body: object | string,
  headers: Record<string, string> = {},
): void {
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': type, ...headers }).end(text);
}

function contextOf({ headers }: IncomingMessage): OrderContext {
  const { 'x-request-id': correlation, traceparent } = headers;
  return {
    ...(typeof correlation === 'string' && { correlation }),
    ...(typeof traceparent === 'string' && { traceparent }),
  };
}
