import type { ComputerId, DpId, ImportRunId, OrderId, TenantId } from './ids.js';

/** Who caused an event. */
export const EVENT_SOURCES = ['admin', 'importer', 'server', 'dp', 'client'] as const;
export type EventSource = (typeof EVENT_SOURCES)[number];

/** What can stand in a computer's timeline. */
export const EVENT_KINDS = [
  'imported',
  'import-changed',
  'released',
  'action-asked',
  'order-queued',
  'order-leased',
  'order-accepted',
  'order-progress',
  'order-lease-lapsed',
  'order-held-back',
  'order-retry',
  'order-passed-on',
  'order-cancel-asked',
  'order-succeeded',
  'order-failed',
  'order-cancelled',
  'order-expired',
  'order-outcome-unknown',
  'report-ignored',
  'registered',
  'register-refused',
  'ready',
  'dp-lifted',
  'dp-assigned',
  'alert-raised',
  'alert-cleared',
  'edited',
  'retired',
  'deleted',
  'reimported',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** One entry of a computer's ordered history; append only. */
export interface TimelineEvent {
  /** Derived from what caused it, so that a repeat adds nothing. */
  id: string;
  tenant: TenantId;
  computer: ComputerId;
  order: OrderId | null;
  dp: DpId | null;
  importRun: ImportRunId | null;
  at: Date;
  /** Of a DP's report: its number, which tells the order of reports that came at the same time. */
  seq?: number;
  source: EventSource;
  kind: EventKind;
  /** States before and after, when a state changed. */
  from: string | null;
  to: string | null;
  /** Facts of this kind of event; no secret. */
  data: Record<string, unknown>;
}

/** An entry as its order carries it. */
export type OrderEntry = Omit<TimelineEvent, 'tenant' | 'computer' | 'order' | 'importRun'>;
