import type { DirectoryTestStep } from '#domain';
import type { AgentInfo, DpStatus, EnrolAnswer, KeysAnswer, OrderFence, SignedOrder } from './dp-protocol.js';
import type { ContactAnswer, ContactRequest, RegisterAnswer, RegisterRequest } from './client-api.js';
import { defineMessage } from './message.js';
import { contactRequest, registerRequest } from './client-api.js';
import { agentInfo, enrolRequest, keysRequest, pollRequest } from './dp-protocol.js';
import { count, id, list, object, oneOf, sha256Hex, slug, text, type JsonSchemaMap } from './schema.js';

/** Calls from a gateway to the server, over `relaypoint.rpc.server`. Secrets of requests cross as SHA-256 only. */
export const RPC = {
  claim: 'orders.claim',
  returnLeases: 'orders.return-leases',
  identity: 'dp.identity',
  enrol: 'dp.enrol',
  keys: 'dp.keys',
  register: 'client.register',
  contact: 'client.contact',
  releaseFile: 'releases.file',
} as const;

/** Calls from the server to the importers, over `relaypoint.rpc.importer`. */
export const IMPORTER_RPC = {
  key: 'imports.key',
  testDirectory: 'imports.directory-test',
} as const;

/** The importers' sealing key, which bind passwords are sealed to. */
export interface ImporterKeyAnswer {
  /** Raw X25519 public key, base64url. */
  key: string;
}

export interface TestDirectoryCall {
  directory: string;
}

export interface TestDirectoryAnswer {
  steps: DirectoryTestStep[];
  /** Computers that were found; null when it did not come to that. */
  count: number | null;
}

export interface ClaimCall {
  dp: string;
  poll: string;
  /** The DP repeats a poll whose answer was lost. */
  again: boolean;
  max: number;
  tickets: { order: string; ticket: number; kind: 'order' | 'cancel' }[];
  running: OrderFence[];
}

export interface ClaimAnswer {
  status: DpStatus;
  orders: SignedOrder[];
  cancel: OrderFence[];
  lost: OrderFence[];
  /** How many of the tickets were of no use: their orders have ended, or gone on without them. */
  stale?: number;
}

/** Orders that were granted to a poll whose answer can reach nobody any more. */
export interface ReturnLeasesCall {
  dp: string;
  leases: OrderFence[];
}

export interface IdentityCall {
  dp: string;
}

/** What a gateway needs to know of a DP; cached, dropped on `keys.<dp>` and `dp.<dp>`. */
export interface IdentityAnswer {
  dp: string;
  status: DpStatus;
  /** Raw Ed25519 public key, base64url. */
  signingKey: string;
  settings: { pollInterval: number; pollJitter: number; longPoll: boolean };
}

export interface EnrolCall {
  dp: string;
  tokenHash: string;
  signingKey: string;
  sealingKey: string;
  agent: AgentInfo;
  address: string;
}

export interface KeysCall {
  dp: string;
  signingKey: string;
  sealingKey: string;
  /** The token's id, never to be used again. */
  jti: string;
}

/** `order` and `tokenHash` come from the token; the token itself stays at the gateway. */
export type RegisterCall = Omit<RegisterRequest, 'token'> & {
  order: string;
  tokenHash: string;
  address: string;
};
export type ContactCall = ContactRequest & { computer: string; secretHash: string; address: string };

/** May this DP fetch this file? Only while it holds an open order with that release. */
export interface ReleaseFileCall {
  dp: string;
  release: string;
  file: string;
}

export interface ReleaseFileAnswer {
  name: string;
  size: number;
  sha256: string;
  /** Path and query at the server, good for one download within a minute. */
  path: string;
}

/** Every call over the broker: what is asked, and what is answered. Both ends are held to it by the compiler. */
export interface Calls {
  [RPC.claim]: { request: ClaimCall; response: ClaimAnswer };
  [RPC.returnLeases]: { request: ReturnLeasesCall; response: null };
  [RPC.identity]: { request: IdentityCall; response: IdentityAnswer };
  [RPC.enrol]: { request: EnrolCall; response: EnrolAnswer };
  [RPC.keys]: { request: KeysCall; response: KeysAnswer };
  [RPC.register]: { request: RegisterCall; response: RegisterAnswer };
  [RPC.contact]: { request: ContactCall; response: ContactAnswer };
  [RPC.releaseFile]: { request: ReleaseFileCall; response: ReleaseFileAnswer };
  [IMPORTER_RPC.key]: { request: Record<string, never>; response: ImporterKeyAnswer };
  [IMPORTER_RPC.testDirectory]: { request: TestDirectoryCall; response: TestDirectoryAnswer };
}
export type CallPattern = keyof Calls;

const propertiesOf = (schema: { schema: unknown }): JsonSchemaMap =>
  (schema.schema as { properties: JsonSchemaMap }).properties;
const enrolProperties = propertiesOf(enrolRequest);
const pollProperties = propertiesOf(pollRequest);
const registerProperties = propertiesOf(registerRequest);

export const claimCall = defineMessage<ClaimCall>(
  RPC.claim,
  object({
    dp: slug,
    poll: id,
    again: { type: 'boolean' },
    max: count(1, 100),
    tickets: list(
      object({ order: id, ticket: count(1, Number.MAX_SAFE_INTEGER), kind: oneOf(['order', 'cancel']) }),
      1000,
    ),
    running: pollProperties['running'] ?? {},
  }),
);
export const returnLeasesCall = defineMessage<ReturnLeasesCall>(
  RPC.returnLeases,
  object({ dp: slug, leases: pollProperties['running'] ?? {} }),
);
export const identityCall = defineMessage<IdentityCall>(RPC.identity, object({ dp: slug }));
export const enrolCall = defineMessage<EnrolCall>(
  RPC.enrol,
  object({
    dp: slug,
    tokenHash: sha256Hex,
    signingKey: enrolProperties['signingKey'] ?? {},
    sealingKey: enrolProperties['sealingKey'] ?? {},
    agent: agentInfo,
    address: text(64),
  }),
);
export const keysCall = defineMessage<KeysCall>(
  RPC.keys,
  object({ dp: slug, ...propertiesOf(keysRequest), jti: text(64, 1) }),
);
const { token: _token, ...registration } = registerProperties;
export const registerCall = defineMessage<RegisterCall>(
  RPC.register,
  object({ ...registration, order: id, tokenHash: sha256Hex, address: text(64) }, ['fqdn']),
);
export const contactCall = defineMessage<ContactCall>(
  RPC.contact,
  object({ ...propertiesOf(contactRequest), computer: id, secretHash: sha256Hex, address: text(64) }),
);
export const releaseFileCall = defineMessage<ReleaseFileCall>(
  RPC.releaseFile,
  object({ dp: slug, release: text(64, 1), file: text(255, 1) }),
);
export const testDirectoryCall = defineMessage<TestDirectoryCall>(
  IMPORTER_RPC.testDirectory,
  object({ directory: id }),
);
