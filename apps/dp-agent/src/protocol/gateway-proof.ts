import type { KeyObject } from 'node:crypto';
import { proofText } from '#contract';
import { verifyText } from '#sealing';
import { z } from 'zod';

/** What came back from the address of a gateway. */
export interface SeenAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Where it sends to instead. */
  readonly location: string | null;
  readonly body: string;
}

/**
 * Who answered.
 * - `gateway`: what the server has signed came back; `at` is its time
 * - `older`: a gateway that knows no such question
 * - `away`: a gateway whose server does not answer just now
 * - `other`: somebody else; `what` says who, and what to do
 */
export type Answerer =
  | { readonly kind: 'gateway'; readonly at: Date }
  | { readonly kind: 'older' }
  | { readonly kind: 'away' }
  | { readonly kind: 'other'; readonly what: string };

const proof = z.object({ nonce: z.string(), at: z.iso.datetime(), signature: z.string() });
const TITLE_LENGTH = 80;

/**
 * Tells a gateway from what stands in its place: a status code proves nothing, for captive portals answer 200 to everything.
 *
 * @param nonce that was sent; an answer to another question was kept by a cache
 */
export function judgeAnswer(seen: SeenAnswer, nonce: string, serverKey: KeyObject): Answerer {
  const { status, contentType, location } = seen;
  if (status === 511) return other('the network wants a login first (captive portal): log in with a browser');
  if (status === 407)
    return other('the proxy wants a login: proxy: http://USER:PASSWORD@HOST:PORT in config.yaml');
  if (status >= 300 && status < 400)
    return other(
      `it sends to ${location ?? 'elsewhere'}: a captive portal or a proxy stands in between, or the gateway has moved`,
    );
  if (/^application\/problem\+json\b/i.test(contentType)) {
    if (status === 404) return { kind: 'older' };
    if (status === 503 || status === 429) return { kind: 'away' };
  }
  if (/html/i.test(contentType) || /^\s*<(?:!doctype|html|\?xml)/i.test(seen.body)) {
    const title = /<title[^>]*>([^<]*)</i.exec(seen.body)?.[1]?.trim().slice(0, TITLE_LENGTH);
    const named = title ? `a page titled "${title}"` : 'a page';
    return other(
      status < 400
        ? `${named} came instead of an answer: a captive portal; log in to the network with a browser`
        : `${named} came instead of an answer (status ${status}): a proxy or a firewall stands in between`,
    );
  }
  const said = proof.safeParse(parseJson(seen.body)).data;
  if (status !== 200 || !said)
    return other(`what answers there is no gateway (status ${status}, ${contentType || 'no type'})`);
  if (said.nonce !== nonce) return other('an old answer came back: a cache stands in between');
  if (!verifyText(serverKey, proofText(said), said.signature))
    return other(
      "it is a gateway of another server than this DP has joined: the answer is not signed by that server's key",
    );
  return { kind: 'gateway', at: new Date(said.at) };
}

function other(what: string): Answerer {
  return { kind: 'other', what };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
