import type { AgentUpdate, AgentUpdateState, FailureCode, Phase, WantedAgent } from '#domain';
import { defineMessage, type JsonSchema } from './message.js';
import { count, id, list, object, oneOf, orNull, rawKey, sha256Hex, slug, text, time } from './schema.js';

/** The DP protocol, version 1: what a distribution point and the gateway say to each other (docs/dp-protocol.md). */

export const ORDER_KINDS_ON_WIRE = [
  'install-client',
  'probe',
  'restart',
  'reinstall',
  'uninstall-client',
] as const;
export type WireOrderKind = (typeof ORDER_KINDS_ON_WIRE)[number];
export const REPORT_STATES = ['accepted', 'progress', 'succeeded', 'failed', 'cancelled'] as const;
export type ReportState = (typeof REPORT_STATES)[number];
const PHASES_ON_WIRE = [
  'deliver',
  'reach',
  'auth',
  'stage',
  'check',
  'install',
  'register',
  'restart',
] as const satisfies readonly Phase[];

const AGENT_UPDATE_STATES_ON_WIRE = [
  'fetching',
  'waiting',
  'failed',
] as const satisfies readonly AgentUpdateState[];

/** What a DP says of itself, with its first poll after a start and whenever it changed. */
export interface AgentInfo {
  version: string;
  os: string;
  hostname: string;
  /** Accounts stored on the DP itself. */
  localAccounts?: number;
  /** Install methods it is set up for, in its order of preference. */
  methods?: string[];
  /** Operating systems that it can install on by them: `windows`, `linux` and so on. */
  platforms?: string[];
  /** What becomes of the version that a poll's answer wanted; said only to gateways that have spoken of one. */
  update?: AgentUpdate;
  /** What it has heard of the server's audit that contradicts what it heard before; said only to gateways that take it. */
  contradiction?: ShownContradiction;
}

/** Two checkpoints that a DP holds, both as the server has signed them: their signatures are the proof. */
export interface ShownContradiction {
  /** What it had kept. */
  had: AuditCheckpoint;
  /** What it has been told since, the first of what goes on from there. */
  has: AuditCheckpoint;
}

/** What may be said in polls beyond what every gateway takes: gateways refuse fields that they do not know. */
export const TAKEN_FIELDS = ['agent.contradiction'] as const;

type OptionalAgentField = 'localAccounts' | 'methods' | 'platforms' | 'update' | 'contradiction';
/** What a DP says of itself as it may stand on the wire. */
export type SaidAgentInfo = Omit<AgentInfo, OptionalAgentField> & {
  [Name in OptionalAgentField]?: AgentInfo[Name] | null;
};

/** `null` and a missing field mean the same. */
export function agentInfoOf({
  localAccounts,
  methods,
  platforms,
  update,
  contradiction,
  ...said
}: SaidAgentInfo): AgentInfo {
  return {
    ...said,
    ...(typeof localAccounts === 'number' && { localAccounts }),
    ...(methods && { methods }),
    ...(platforms && { platforms }),
    ...(update && { update }),
    ...(contradiction && { contradiction }),
  };
}

export interface EnrolRequest {
  joinToken: string;
  /** The name that the DP takes, when `joinToken` is a key for many DPs; else the token tells it. */
  dp?: string | null;
  /** Raw Ed25519 public key, base64url. */
  signingKey: string;
  /** Raw X25519 public key, base64url. */
  sealingKey: string;
  agent: SaidAgentInfo;
}

export interface EnrolAnswer {
  dp: string;
  status: DpStatus;
  keyFingerprint: string;
  sealingKeyId: string;
  /** Raw Ed25519 public key of the server, base64url; orders are signed with it. */
  serverKey: string;
}

/** Asks who answers: only who reaches the server can have this signed by it. */
export interface ProofRequest {
  /** Made by the DP for each question. */
  nonce: string;
}

export interface ProofAnswer {
  nonce: string;
  /** The server's time. */
  at: string;
  /** Ed25519 by the server key over {@link proofText}, base64url. */
  signature: string;
}

/** What is signed of a {@link ProofAnswer}; its first line keeps it apart from whatever else the key signs. */
export function proofText({ nonce, at }: Pick<ProofAnswer, 'nonce' | 'at'>): string {
  return `relaypoint-proof 1\nnonce ${nonce}\nat ${at}\n`;
}

/** New keys, sent under a token signed with the old signing key. */
export interface KeysRequest {
  signingKey: string;
  sealingKey: string;
}

export type KeysAnswer = Omit<EnrolAnswer, 'serverKey'>;

/** What an administrator decided about a DP. */
export type DpStatus = 'pending' | 'enabled' | 'disabled';

export interface OrderFence {
  order: string;
  fence: number;
}

export interface PollRequest {
  /** Made by the DP for each poll; repeated with `again` when the answer was lost. */
  poll: string;
  again?: true | null;
  /** Orders wanted at most, 0 to 100; with 0 the DP only tells what it works on, and hears what it is to stop. */
  max: number;
  /** Seconds to wait for something to do, 0 to 60. */
  wait: number;
  /** Orders the DP is working on; renews their leases. */
  running: OrderFence[];
  agent?: SaidAgentInfo | null;
}

export interface PollAnswer {
  status: DpStatus;
  orders: SignedOrder[];
  /** Orders to stop; the DP answers with a report `cancelled`, or with what happened. */
  cancel: OrderFence[];
  /** Running orders whose lease the DP no longer holds: stop, verify, do not report as own. */
  lost: OrderFence[];
  /** Seconds until the next poll after an empty answer. */
  pollAfter: number;
  serverTime: string;
  /** The version that the agent is to bring itself to; null: none. Absent: nobody there knows of such a thing. */
  update?: WantedAgent | null;
  /** What the server has signed of its audit last, to be kept; null: nothing yet. Absent: nobody there knows of such a thing. */
  checkpoint?: AuditCheckpoint | null;
  /** Of {@link TAKEN_FIELDS}, what gateway and server take. Absent: none. */
  takes?: string[];
}

/** Where the chain of the server's audit stood at a time (docs/security.md, "The audit"). */
export interface AuditCheckpoint {
  /** From 1, without gaps. */
  number: number;
  /** Of the newest entry that it speaks of. */
  sequence: number;
  /** Of that entry, SHA-256 as lower-case hex. */
  hash: string;
  at: string;
  /** Hash of the checkpoint before. */
  previous: string;
  /** Entries that were removed because they had been kept long enough, up to this one. */
  removed: { sequence: number; hash: string; archive: { file: string; sha256: string } | null } | null;
  /** The server key, raw Ed25519, base64url. */
  key: string;
  /** Ed25519 over the line `relaypoint/audit-checkpoint/v1`, a line feed, and the canonical JSON of the fields above; base64url. */
  signature: string;
}

/** Ed25519 by the server key over the order's canonical JSON (RFC 8785), base64url. */
export interface SignedOrder {
  order: WireOrder;
  signature: string;
}

export interface SealedAccount {
  account: string;
  keyId: string;
  /** base64url of `enc` (32 bytes) then ciphertext (HPKE, RFC 9180). */
  sealed: string;
}

export interface WireReleaseFile {
  platform: string;
  name: string;
  /** Relative to the gateway. */
  url: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
}

export interface WireRelease {
  version: string;
  files: WireReleaseFile[];
  /** How the unpacked release is installed on each platform. */
  platforms: Record<
    string,
    { install: string; args: string[]; successCodes: number[]; restartCodes: number[] }
  >;
}

/**
 * What ties an order's lines and spans together in every program. A DP says it again with its reports, as headers of the
 * call: `X-Request-Id` and `traceparent`. Missing from servers that knew nothing of it.
 */
export interface OrderContext {
  /** Id of the request that asked for the order. */
  correlation?: string;
  /** W3C trace context of its hand-over, when the installation is traced. */
  traceparent?: string;
}

/** An install order as its DP gets it. */
export interface WireOrder extends OrderContext {
  order: string;
  dp: string;
  /** Number of this hand-over; a journal that knows order and attempt never starts it again. */
  attempt: number;
  fence: number;
  leaseUntil: string;
  kind: WireOrderKind;
  computer: {
    /** NetBIOS name, upper case. */
    name: string;
    /** The whole host name, upper case; missing from servers that knew NetBIOS names only. */
    hostName?: string;
    fqdn: string | null;
    address: string | null;
    /** Operating system as its import or its client has told it; missing where nobody has. */
    os?: string | null;
  };
  release: WireRelease | null;
  /** Tried in this order. */
  accounts: (SealedAccount | { local: true })[];
  /** `url` is the client API's register endpoint, `token` its one-time secret. */
  registration: { url: string; token: string } | null;
  method: {
    kinds: string[];
    port: number;
    hostKey: { policy: 'pin' | 'strict'; known: string | null };
    /** Seconds the computer has to answer, when another DP can try after this one. */
    reachTimeout?: number;
  };
  /** The DP never restarts a computer unless this says so. */
  restart: 'never' | 'when-required';
  deadline: string;
  /** An earlier try may have ended unseen: look at the computer before anything is started. */
  verify: boolean;
}

export interface Report {
  /** Made by the DP for each report; repeated when it is sent again. */
  report: string;
  order: string;
  fence: number;
  attempt: number;
  /** Grows by one with each report on the order. */
  seq: number;
  at: string;
  state: ReportState;
  phase?: Phase | null;
  percent?: number | null;
  /** With `succeeded`: `OK` or a code of class `done`. */
  result?: string | null;
  failure?: {
    code: FailureCode | (string & {});
    native?: { system: string; code: string; text: string } | null;
  } | null;
  /** Accounts tried in this attempt, in turn. */
  accounts?: { account: string; result: string }[] | null;
  /** Names and values, at most 50; a value may be a list or an object of plain values. */
  facts?: Record<string, unknown> | null;
  /** Last 16 KiB of output, secrets redacted. */
  log?: string | null;
}

export interface ReportsRequest {
  reports: Report[];
}

export interface ReportsAnswer {
  accepted: number;
}

const agentFields = { version: text(64), os: text(128), hostname: text(255) };
const optionalAgentFields = {
  localAccounts: count(0, 1000),
  methods: list(text(32, 1), 20),
  platforms: list(text(32, 1), 20),
  update: object({
    version: text(64, 1),
    state: oneOf(AGENT_UPDATE_STATES_ON_WIRE),
    code: orNull(text(64, 1)),
    text: orNull(text(500)),
    at: time,
  }),
};
const optionalAgentNames = ['localAccounts', 'methods', 'platforms', 'update'];
/** As programs of ours pass it on. */
export const agentInfo = object({ ...agentFields, ...optionalAgentFields }, optionalAgentNames);
const saidAgentFields = {
  ...agentFields,
  localAccounts: orNull(optionalAgentFields.localAccounts),
  methods: orNull(optionalAgentFields.methods),
  platforms: orNull(optionalAgentFields.platforms),
  update: orNull(optionalAgentFields.update),
};
const saidAgentInfo = object(saidAgentFields, optionalAgentNames);
const auditCheckpoint = object({
  number: count(1, Number.MAX_SAFE_INTEGER),
  sequence: count(0, Number.MAX_SAFE_INTEGER),
  hash: sha256Hex,
  at: time,
  previous: sha256Hex,
  removed: orNull(
    object({
      sequence: count(0, Number.MAX_SAFE_INTEGER),
      hash: sha256Hex,
      archive: orNull(object({ file: text(4096), sha256: sha256Hex })),
    }),
  ),
  key: rawKey,
  signature: text(128, 1),
});
const contradiction = object({ had: auditCheckpoint, has: auditCheckpoint });
/** What it says of itself once it knows what is taken: at polls, and on from there. */
export const pollingAgentInfo = object({ ...agentFields, ...optionalAgentFields, contradiction }, [
  ...optionalAgentNames,
  'contradiction',
]);
const saidPollingAgentInfo = object({ ...saidAgentFields, contradiction: orNull(contradiction) }, [
  ...optionalAgentNames,
  'contradiction',
]);
const fence = count(0, Number.MAX_SAFE_INTEGER);
const orderFence = object({ order: id, fence });

export const enrolRequest = defineMessage<EnrolRequest>(
  'enrolment',
  object(
    {
      joinToken: text(200, 1),
      dp: orNull(slug),
      signingKey: rawKey,
      sealingKey: rawKey,
      agent: saidAgentInfo,
    },
    ['dp'],
  ),
);
export const proofRequest = defineMessage<ProofRequest>(
  'proof',
  object({ nonce: { type: 'string', pattern: '^[A-Za-z0-9_-]{16,64}$' } }),
);
export const keysRequest = defineMessage<KeysRequest>(
  'key rotation',
  object({ signingKey: rawKey, sealingKey: rawKey }),
);
export const pollRequest = defineMessage<PollRequest>(
  'poll',
  object(
    {
      poll: id,
      again: orNull({ type: 'boolean', const: true }),
      max: count(0, 100),
      wait: count(0, 60),
      running: list(orderFence, 1000),
      agent: orNull(saidPollingAgentInfo),
    },
    ['again', 'agent'],
  ),
);

const fact = { anyOf: [text(4096), { type: 'number' }, { type: 'boolean' }, { type: 'null' }] };
/** Control characters in a name could not be stored. */
const factName = { type: 'string', minLength: 1, maxLength: 64, pattern: '^[^\\u0000-\\u001f]+$' };
const factsOf = (values: JsonSchema): JsonSchema => ({
  type: 'object',
  maxProperties: 50,
  propertyNames: factName,
  additionalProperties: values,
});
/** Two levels: what is deeper or larger could not be stored, and would hold up other DPs' reports. */
const facts = factsOf({ anyOf: [fact, list(fact, 50), factsOf(fact)] });

export const reportSchema = object(
  {
    report: id,
    order: id,
    fence,
    attempt: count(0, 1_000_000),
    seq: count(0, Number.MAX_SAFE_INTEGER),
    at: time,
    state: oneOf(REPORT_STATES),
    phase: orNull(oneOf(PHASES_ON_WIRE)),
    percent: orNull({ type: 'number', minimum: 0, maximum: 100 }),
    result: orNull(text(64)),
    failure: orNull(
      object(
        {
          code: text(64, 1),
          native: orNull(object({ system: text(64), code: text(128), text: text(4096) })),
        },
        ['native'],
      ),
    ),
    accounts: orNull(list(object({ account: text(64, 1), result: text(64, 1) }), 50)),
    facts: orNull(facts),
    log: orNull(text(16_384)),
  },
  ['phase', 'percent', 'result', 'failure', 'accounts', 'facts', 'log'],
);
export const reportsRequest = defineMessage<ReportsRequest>(
  'reports',
  object({ reports: list(reportSchema, 100, 1) }),
);
export const dpSlug = slug;
