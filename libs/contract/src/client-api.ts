import { defineMessage } from './message.js';
import { list, object, orNull, text } from './schema.js';

/** The client API: what the management client says to server or gateway. */

export interface WireLocation {
  /** `ip/prefix`. */
  addresses: string[];
  gateway: { ip: string; mac: string } | null;
  dnsSuffix: string | null;
  adSite: string | null;
  /** Filled in by the server from the connection. */
  publicAddress?: string | null;
}

export interface RegisterRequest {
  token: string;
  name: string;
  fqdn?: string | null;
  os: string;
  version: string;
  bootId: string;
  restartRequired: boolean;
  location: WireLocation;
}

export interface RegisterAnswer {
  computer: string;
  /** Shown again when the same registration is repeated. */
  secret: string;
  /** Seconds until the next contact. */
  contactAfter: number;
  /** Slug of the DP that serves this client, or null: it talks to the server. */
  dp: string | null;
}

export interface ContactRequest {
  bootId: string;
  version: string;
  restartRequired: boolean;
  location: WireLocation;
}

export interface ContactAnswer {
  state: string;
  dp: string | null;
  /** Base URL of the server. */
  server: string;
  contactAfter: number;
}

const location = object(
  {
    addresses: list(text(64), 64),
    gateway: orNull(object({ ip: text(64), mac: text(32) })),
    dnsSuffix: orNull(text(255)),
    adSite: orNull(text(255)),
    publicAddress: orNull(text(64)),
  },
  ['gateway', 'dnsSuffix', 'adSite', 'publicAddress'],
);
const bootId = text(64, 1);
const version = text(64, 1);

export const registerRequest = defineMessage<RegisterRequest>(
  'registration',
  object(
    {
      token: text(200, 1),
      name: text(255, 1),
      fqdn: orNull(text(255)),
      os: text(255),
      version,
      bootId,
      restartRequired: { type: 'boolean' },
      location,
    },
    ['fqdn'],
  ),
);
export const contactRequest = defineMessage<ContactRequest>(
  'contact',
  object({ bootId, version, restartRequired: { type: 'boolean' }, location }),
);
/** Schema of a location for other requests (location rules). */
export const locationSchema = location;
