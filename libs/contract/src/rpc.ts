import type { DirectoryTestStep, WantedAgent } from '#domain';
import type {
  AuditCheckpoint,
  AgentInfo,
  DpStatus,
  EnrolAnswer,
  KeysAnswer,
  OrderFence,
  ProofAnswer,
  ProofRequest,
  SignedOrder,
} from './dp-protocol.js';
import type { ContactAnswer, ContactRequest, RegisterAnswer, RegisterRequest } from './client-api.js';
import { defineOwnMessage } from './message.js';
import { contactRequest, registerRequest } from './client-api.js';
import { agentInfo, enrolRequest, keysRequest, pollRequest, proofRequest } from './dp-protocol.js';
import {
  count,
  id,
  list,
  object,
  oneOf,
  orNull,
  sha256Hex,
  slug,
  text,
  type JsonSchemaMap,
} from './schema.js';

/** Calls from a gateway to the server, over `relaypoint.rpc.server`. Secrets of requests cross as SHA-256 only. */
export const RPC = {
  claim: 'orders.claim',
  returnLeases: 'orders.return-leases',
  identity: 'dp.identity',
  enrol: 'dp.enrol',
  keys: 'dp.keys',
  proof: 'dp.proof',
  queue: 'dp.queue',
  register: 'client.register',
  contact: 'client.contact',
  releaseFile: 'releases.file',
  agentBundle: 'agents.bundle',
  agentFile: 'agents.file',
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
  /** Some of them; absent from importers of an earlier version. */
  samples?: { name: string; dnsName: string | null; os: string | null; dn: string }[];
}

export interface ClaimCall {
  dp: string;
  /** Which machine of a pair asks; absent: the DP has one, or its server did not tell them apart. */
  machine?: string;
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

/** A gateway finds no order queue of a DP. It may not make one: the server does, before it answers. */
export interface QueueCall {
  dp: string;
}

/** What a gateway needs to know of a DP; cached, dropped on `keys.<dp>` and `dp.<dp>`. */
export interface IdentityAnswer {
  dp: string;
  status: DpStatus;
  /** Raw Ed25519 public key, base64url. */
  signingKey: string;
  settings: { pollInterval: number; pollJitter: number; longPoll: boolean };
  /** What its agent is to bring itself to; absent from servers that know of no such thing. */
  update?: WantedAgent | null;
  /** As in a poll's answer. */
  checkpoint?: AuditCheckpoint | null;
  /** As in a poll's answer: what the server takes. */
  takes?: string[];
  /** What its agent has to be at least; absent: any will do. */
  agent?: AgentDemand;
  /** Of a pair: each machine, in place of what stands above. */
  machines?: MachineIdentity[];
}

/** The oldest version of an agent that gets orders. */
export interface AgentDemand {
  minimum: string;
  /** What the agent was when it was heard of last; null: it has not said. */
  version: string | null;
}

/** One machine of a DP that has two. */
export interface MachineIdentity {
  /** The id of its sealing key. */
  machine: string;
  status: DpStatus;
  /** Raw Ed25519 public key, base64url. */
  signingKey: string;
  /** It gets no orders, because the other one can do more. What it works on goes on. */
  isIdle: boolean;
  /** As in {@link IdentityAnswer}. */
  agent?: AgentDemand;
}

export interface EnrolCall {
  dp: string;
  /** Id of the key for many DPs that was shown; absent: `tokenHash` is that of the DP's own token. */
  key?: string;
  tokenHash: string;
  signingKey: string;
  sealingKey: string;
  agent: AgentInfo;
  address: string;
}

export interface KeysCall {
  dp: string;
  /** As in {@link ClaimCall}. */
  machine?: string;
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

/** The signed manifest of one version of the agent. */
export interface AgentBundleCall {
  /** Null: the newest that the server has. */
  version: string | null;
}

export interface AgentBundleAnswer {
  /** As {@link signedAgentBundleText} writes it. */
  text: string;
}

/** A file that a manifest names, or the install script. Anybody may have them. */
export interface AgentFileCall {
  file: string;
}

export interface AgentFileAnswer {
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
  [RPC.proof]: { request: ProofRequest; response: ProofAnswer };
  [RPC.queue]: { request: QueueCall; response: null };
  [RPC.register]: { request: RegisterCall; response: RegisterAnswer };
  [RPC.contact]: { request: ContactCall; response: ContactAnswer };
  [RPC.releaseFile]: { request: ReleaseFileCall; response: ReleaseFileAnswer };
  [RPC.agentBundle]: { request: AgentBundleCall; response: AgentBundleAnswer };
  [RPC.agentFile]: { request: AgentFileCall; response: AgentFileAnswer };
  [IMPORTER_RPC.key]: { request: Record<string, never>; response: ImporterKeyAnswer };
  [IMPORTER_RPC.testDirectory]: { request: TestDirectoryCall; response: TestDirectoryAnswer };
}
export type CallPattern = keyof Calls;

const propertiesOf = (schema: { schema: unknown }): JsonSchemaMap =>
  (schema.schema as { properties: JsonSchemaMap }).properties;
const enrolProperties = propertiesOf(enrolRequest);
const pollProperties = propertiesOf(pollRequest);
const registerProperties = propertiesOf(registerRequest);

export const claimCall = defineOwnMessage<ClaimCall>(
  RPC.claim,
  object(
    {
      dp: slug,
      machine: id,
      poll: id,
      again: { type: 'boolean' },
      max: count(0, 100),
      tickets: list(
        object({ order: id, ticket: count(1, Number.MAX_SAFE_INTEGER), kind: oneOf(['order', 'cancel']) }),
        1000,
      ),
      running: pollProperties['running'] ?? {},
    },
    ['machine'],
  ),
);
export const returnLeasesCall = defineOwnMessage<ReturnLeasesCall>(
  RPC.returnLeases,
  object({ dp: slug, leases: pollProperties['running'] ?? {} }),
);
export const identityCall = defineOwnMessage<IdentityCall>(RPC.identity, object({ dp: slug }));
export const enrolCall = defineOwnMessage<EnrolCall>(
  RPC.enrol,
  object(
    {
      dp: slug,
      key: id,
      tokenHash: sha256Hex,
      signingKey: enrolProperties['signingKey'] ?? {},
      sealingKey: enrolProperties['sealingKey'] ?? {},
      agent: agentInfo,
      address: text(64),
    },
    ['key'],
  ),
);
export const queueCall = defineOwnMessage<QueueCall>(RPC.queue, object({ dp: slug }));
export const proofCall = defineOwnMessage<ProofRequest>(RPC.proof, proofRequest.schema);
export const keysCall = defineOwnMessage<KeysCall>(
  RPC.keys,
  object({ dp: slug, machine: id, ...propertiesOf(keysRequest), jti: text(64, 1) }, ['machine']),
);
const { token: _token, ...registration } = registerProperties;
export const registerCall = defineOwnMessage<RegisterCall>(
  RPC.register,
  object({ ...registration, order: id, tokenHash: sha256Hex, address: text(64) }, ['fqdn']),
);
export const contactCall = defineOwnMessage<ContactCall>(
  RPC.contact,
  object({ ...propertiesOf(contactRequest), computer: id, secretHash: sha256Hex, address: text(64) }),
);
export const releaseFileCall = defineOwnMessage<ReleaseFileCall>(
  RPC.releaseFile,
  object({ dp: slug, release: text(64, 1), file: text(255, 1) }),
);
export const agentBundleCall = defineOwnMessage<AgentBundleCall>(
  RPC.agentBundle,
  object({ version: orNull(text(64, 1)) }),
);
export const agentFileCall = defineOwnMessage<AgentFileCall>(RPC.agentFile, object({ file: text(128, 1) }));
export const testDirectoryCall = defineOwnMessage<TestDirectoryCall>(
  IMPORTER_RPC.testDirectory,
  object({ directory: id }),
);
