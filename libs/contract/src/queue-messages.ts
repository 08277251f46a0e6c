import { defineOwnMessage } from './message.js';
import { type AgentInfo, pollingAgentInfo, reportSchema, type Report } from './dp-protocol.js';
import { count, id, list, object, oneOf, slug, text, time } from './schema.js';

/** What lies on the queues. None of it holds a secret. */

/** On `dp.<dp>.orders`: "order X is ready for you" (`order`), or "stop it" (`cancel`). A hint, never the truth. */
export interface Ticket {
  v: 1;
  order: string;
  ticket: number;
  kind: 'order' | 'cancel';
  correlation: string;
}

export const ticket = defineOwnMessage<Ticket>(
  'ticket',
  object({
    v: { type: 'integer', const: 1 },
    order: id,
    ticket: count(1, Number.MAX_SAFE_INTEGER),
    kind: oneOf(['order', 'cancel']),
    correlation: text(64),
  }),
);

/** On `relaypoint.status`, pattern `report`: a DP's report as the gateway took it. */
export interface ReportMessage {
  v: 1;
  dp: string;
  receivedAt: string;
  correlation: string;
  report: Report;
}

export const reportMessage = defineOwnMessage<ReportMessage>(
  'status report',
  object({
    v: { type: 'integer', const: 1 },
    dp: slug,
    receivedAt: time,
    correlation: text(64),
    report: reportSchema,
  }),
);

/** On `relaypoint.status`, pattern `sightings`: what a gateway knows of DPs that asked and the server does not know yet. */
export interface SightingsMessage {
  v: 1;
  sightings: {
    dp: string;
    /** Which machine of a pair, by the id of its sealing key; absent: the DP's only one. */
    machine?: string;
    at: string;
    address: string;
    running: number;
    agent?: AgentInfo;
  }[];
  /** DPs that were refused because of their clocks alone: seconds by which they are ahead, or behind when negative. */
  clocks?: { dp: string; machine?: string; at: string; off: number }[];
}

export const sightingsMessage = defineOwnMessage<SightingsMessage>(
  'sightings',
  object(
    {
      v: { type: 'integer', const: 1 },
      sightings: {
        type: 'array',
        maxItems: 10_000,
        items: object(
          {
            dp: slug,
            machine: id,
            at: time,
            address: text(64),
            running: count(0, 100_000),
            agent: pollingAgentInfo,
          },
          ['machine', 'agent'],
        ),
      },
      clocks: list(object({ dp: slug, machine: id, at: time, off: { type: 'number' } }, ['machine']), 10_000),
    },
    ['clocks'],
  ),
);

/** On `relaypoint.imports`: what an importer is to do with a run. */
export const IMPORT_COMMANDS = ['import.read', 'import.commit', 'import.undo', 'import.discard'] as const;
export type ImportCommandName = (typeof IMPORT_COMMANDS)[number];

export interface ImportCommand {
  v: 1;
  run: string;
  requestedBy: string;
  correlation: string;
}

export const importCommand = defineOwnMessage<ImportCommand>(
  'import command',
  object({ v: { type: 'integer', const: 1 }, run: id, requestedBy: text(255), correlation: text(64) }),
);

/** On the exchange `relaypoint.events`, routing key `<topic>.<id>`: something changed. Costs freshness when lost. */
export const EVENT_TOPICS = ['computer', 'order', 'dp', 'import', 'brake', 'rollout', 'keys'] as const;
export type EventTopic = (typeof EVENT_TOPICS)[number];

export interface ChangeEvent {
  v: 1;
  topic: EventTopic;
  id: string;
  /** Null: belongs to no single tenant. */
  tenant: string | null;
}

export const changeEvent = defineOwnMessage<ChangeEvent>(
  'change',
  object({
    v: { type: 'integer', const: 1 },
    topic: oneOf(EVENT_TOPICS),
    id: text(64, 1),
    tenant: { anyOf: [slug, { type: 'null' }] },
  }),
);
