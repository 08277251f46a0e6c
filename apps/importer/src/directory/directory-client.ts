import type { Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  Client,
  MessageResponseStatus,
  PagedResultsControl,
  StatusCodeParser,
  type SearchRequest,
  type SearchResponse,
  type SearchResult,
} from 'ldapts';

/** Longest wait for the answer to one request, in milliseconds. */
const ANSWER_MS = 60_000;

/** The connection is gone, and with it the bind and the cookies of pages. */
export class ConnectionLost extends Error {
  override readonly name = 'ConnectionLost';
}

/** What of ldapts' client is replaced, or used by what replaces it. */
interface ClientParts {
  _nextMessageId: () => number;
  _send: (request: SearchRequest) => Promise<SearchResponse | undefined>;
  _sendSearch: (
    request: SearchRequest,
    result: SearchResult,
    paged: boolean,
    pageSize: number,
    control?: PagedResultsControl,
    fetchAll?: boolean,
  ) => Promise<PagedResultsControl | undefined>;
}

/**
 * An ldapts client on a socket that is connected already. It never connects anew by itself: a new connection would not be
 * bound, and a server with anonymous read would answer it with less, without an error.
 */
export function clientOn(socket: Socket, url: string): Client {
  let given = false;
  const give = (): never => {
    if (given) throw new ConnectionLost('the connection was lost');
    given = true;
    return socket as never;
  };
  // StartTLS asks for a secure connection over the socket of the plain one
  const upgrade = (options: unknown): TLSSocket =>
    typeof options === 'object' && options !== null ? connectTls(options) : give();
  const client = new Client({
    url,
    timeout: ANSWER_MS,
    strictDN: false,
    createConnection: give,
    createSecureConnection: upgrade,
  });
  keepEmptyPages(client);
  return client;
}

/**
 * ldapts stops at the first page without entries, although RFC 2696 allows empty pages before the last one, and AD sends
 * them when all objects of a page may not be read. What is left out then is left out silently. This takes a page as the
 * last one only when its cookie is empty.
 */
function keepEmptyPages(client: Client): void {
  const parts = client as unknown as ClientParts;
  parts._sendSearch = async (request, result, paged, pageSize, control, fetchAll = true) => {
    for (;;) {
      request.messageId = parts._nextMessageId();
      const answer = await parts._send(request);
      const cut = answer?.status === MessageResponseStatus.SizeLimitExceeded && (request.sizeLimit ?? 0) > 0;
      if (!answer || (answer.status !== MessageResponseStatus.Success && !cut)) {
        throw StatusCodeParser.parse(answer);
      }
      for (const entry of answer.searchEntries) {
        result.searchEntries.push(entry.toObject(request.attributes, request.explicitBufferAttributes));
      }
      if (!paged || !control) return undefined;
      const page = answer.controls?.find((one) => one instanceof PagedResultsControl);
      const cookie = page?.value?.cookie;
      if (!cookie?.length) return undefined;
      control.value = { size: control.value?.size ?? pageSize, cookie };
      if (!fetchAll) return control;
    }
  };
}
