import { lookup } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { type Client, type Entry, FilterParser, type Filter, NoSuchObjectError } from 'ldapts';
import { addressFaults, addressOf, transportOf, type Directory, type DirectoryTestStepName } from '#domain';
import { ImportFailure } from '../runs/import-failure.js';
import type { AllowedHosts } from '../config/allowed-hosts.js';
import { clientOn, ConnectionLost } from './directory-client.js';
import { bindFault, connectFault, searchFault, tlsFault } from './directory-faults.js';

/** Longest wait for a name, a connection or a TLS handshake, in milliseconds. */
const RETRY_TIMEOUT_MS = 10_000;
/** Entries on a page. AD gives at most 1,000, and other servers refuse more than their own limit. */
const PAGE_SIZE = 500;

/** Told before each step on the way to a session; the test of a directory shows them. */
export type OnStep = (step: DirectoryTestStepName, text: string) => void;

/** Where something is searched, and what. */
export interface Search {
  base: string;
  filter: Filter | string;
  attributes: readonly string[];
  /** Attributes whose values are bytes; in the server's spelling. */
  binary?: readonly string[];
  scope?: 'base' | 'sub';
}

/** A connection to a directory, encrypted as it is configured, bound with its account. */
export class DirectorySession {
  private constructor(
    private readonly client: Client,
    private readonly socket: Socket,
  ) {}

  /**
   * Resolves, connects, encrypts and binds. What was resolved is what is connected to: a name cannot lead elsewhere meanwhile.
   *
   * @throws ImportFailure saying which of these did not work, and why
   */
  static async open(
    directory: Pick<Directory, 'url' | 'startTls' | 'allowPlain' | 'caPem' | 'bindDn'>,
    password: string,
    allowed: Pick<AllowedHosts, 'allows'>,
    onStep: OnStep = () => undefined,
  ): Promise<DirectorySession> {
    const [fault] = addressFaults(directory);
    if (fault)
      throw new ImportFailure(fault.code === 'plain' ? 'PLAIN_REFUSED' : 'URL_INVALID', 'directory.badUrl', {
        fault: { key: fault.key, params: fault.params ?? {} },
      });
    // RFC 4513, 5.1.2: a bind with an empty password succeeds, as nobody
    if (password === '') throw new ImportFailure('EMPTY_PASSWORD', 'directory.emptyPassword');
    const { host, port } = addressOf(directory.url) ?? { host: '', port: 0 };
    const server = `${host}:${port}`;
    const transport = transportOf(directory);
    const trust = trustOf(host, directory.caPem);

    const address = await resolve(host, onStep);
    if (!allowed.allows(host, address)) {
      throw new ImportFailure('HOST_NOT_ALLOWED', 'directory.hostNotAllowed', { name: host });
    }
    onStep('connect', server);
    const plain = await connected(connectTcp({ host: address, port }), 'connect').catch((error: unknown) => {
      throw connectFault(error, server);
    });
    let socket = plain;
    try {
      if (transport === 'ldaps') {
        onStep('tls', server);
        socket = await connected(connectTls({ ...trust, socket: plain }), 'secureConnect');
      }
      const client = clientOn(socket, directory.url);
      if (transport === 'starttls') {
        onStep('tls', server);
        // ldapts waits for the handshake without end
        await inTime(client.startTLS(trust), `${server} does not answer`);
      }
      // A socket without a listener for errors ends the process when one comes
      plain.on('error', () => undefined);
      onStep('bind', directory.bindDn);
      await inTime(client.bind(directory.bindDn, password), `${server} does not answer`).catch(
        (error: unknown) => {
          throw isLate(error) ? connectFault(error, server) : bindFault(error);
        },
      );
      return new DirectorySession(client, plain);
    } catch (error) {
      plain.destroy();
      throw error instanceof ImportFailure ? error : tlsFault(error, server);
    }
  }

  /** Entries page by page. @throws ImportFailure */
  async *pages(search: Search): AsyncGenerator<Entry[]> {
    const { base, filter, attributes, binary = [], scope = 'sub' } = search;
    try {
      const pages = this.client.searchPaginated(base, {
        scope,
        filter: typeof filter === 'string' ? FilterParser.parseString(filter) : filter,
        attributes: [...attributes],
        explicitBufferAttributes: [...binary],
        paged: { pageSize: PAGE_SIZE },
      });
      for (;;) {
        if (!this.client.isBound) throw new ConnectionLost('closed by the server');
        const page = await pages.next();
        if (page.done) return;
        yield page.value.searchEntries;
      }
    } catch (error) {
      throw searchFault(error, base);
    }
  }

  /** One entry by its name; null when there is none. @throws ImportFailure */
  async entry(search: Omit<Search, 'filter' | 'scope'>): Promise<Entry | null> {
    const { base, attributes, binary = [] } = search;
    try {
      const { searchEntries } = await this.client.search(base, {
        scope: 'base',
        attributes: [...attributes],
        explicitBufferAttributes: [...binary],
      });
      return searchEntries[0] ?? null;
    } catch (error) {
      if (error instanceof NoSuchObjectError) return null;
      throw searchFault(error, base);
    }
  }

  async close(): Promise<void> {
    await inTime(this.client.unbind(), 'no answer').catch(() => undefined);
    this.socket.destroy();
  }
}

async function resolve(host: string, onStep: OnStep): Promise<string> {
  onStep('resolve', host);
  if (isIP(host)) return host;
  try {
    const { address } = await inTime(lookup(host), `${host}: no answer`);
    return address;
  } catch (error) {
    if (isLate(error)) {
      throw new ImportFailure('NAME_NOT_RESOLVED', 'directory.noNameServer', { server: host });
    }
    throw connectFault(error, host);
  }
}

/** What a server has to show: a certificate for its host, from the given CA or one of the system's. */
function trustOf(host: string, caPem: string | null): ConnectionOptions {
  return {
    // RFC 6066: an address is no server name; the certificate is checked for `host` all the same
    ...(isIP(host) ? { host } : { host, servername: host }),
    ...(caPem !== null && { ca: caPem }),
    minVersion: 'TLSv1.2',
  };
}

async function connected<S extends Socket>(socket: S, event: 'connect' | 'secureConnect'): Promise<S> {
  let stop = (): void => undefined;
  const ready = new Promise<S>((done, failed) => {
    const isReady = (): void => done(socket);
    const closed = (): void => failed(new Error('the server closed the connection'));
    socket.once(event, isReady).once('error', failed).once('close', closed);
    stop = () => void socket.off(event, isReady).off('error', failed).off('close', closed);
  });
  try {
    return await inTime(ready, 'no answer');
  } catch (error) {
    // Late errors are of no interest
    socket.on('error', () => undefined).destroy();
    throw error;
  } finally {
    stop();
  }
}

function isLate(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ETIMEDOUT';
}

async function inTime<T>(work: Promise<T>, late: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_, reject) => {
    const error = Object.assign(new Error(late), { code: 'ETIMEDOUT' });
    timer = setTimeout(() => reject(error), RETRY_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    clearTimeout(timer);
  }
}
