// Computers with their orders and timelines, put into the database as the server would store them.
import type { mongo, Schema } from 'mongoose';
import {
  nameKeyOf,
  planOrder,
  type Computer,
  type ComputerId,
  type ComputerState,
  type DpId,
  type FailureRecord,
  type ImportRunId,
  type InstallOrder,
  type OrderId,
  type ReleaseVersion,
  type TenantId,
  type TimelineEvent,
} from '#domain';
import { documentCheck, SCHEMAS, searchText, wordsOf } from '#persistence';

type Stored = Record<string, unknown> & { _id: string };

const BATCH = 1000;
const MINUTE = 60_000;

/** Of a hundred computers, so many in each state; the rest is ready. */
const SHARES: readonly (readonly [ComputerState, number])[] = [
  ['imported', 20],
  ['install-failed', 3],
  ['pending-restart', 7],
];
const STATES = SHARES.flatMap(([state, share]) => Array.from({ length: share }, () => state));

/** How much has been put there, all in all. */
export interface FilledSizes {
  computers: number;
  orders: number;
}

/**
 * Adds computers to those that are there, spread over the DPs `dp-0` and on. Each that was released has an order that has
 * ended, and three entries in its timeline.
 */
export async function fill(db: mongo.Db, from: number, to: number, dps = 20): Promise<FilledSizes> {
  const dpOf = (number: number): DpId => `dp-${number % dps}` as DpId;
  const insert = async (schema: Schema, documents: Stored[]): Promise<void> => {
    const demand = documentCheck(schema);
    for (const document of documents) demand(document);
    await db.collection<Stored>(String(schema.get('collection'))).insertMany(documents, { ordered: false });
  };
  for (let start = from; start < to; start += BATCH) {
    const numbers = Array.from({ length: Math.min(BATCH, to - start) }, (_, at) => start + at);
    const computers = numbers.map((number) => computerOf(number, dpOf(number)));
    const released = computers.filter(({ state }) => state !== 'imported');
    await insert(SCHEMAS.Computer, computers.map(storedComputer));
    await insert(
      SCHEMAS.Order,
      released.map((one) => storedOrder(one, dpOf(one.source.row))),
    );
    await insert(
      SCHEMAS.TimelineEvent,
      released.flatMap((one) => storedEvents(one, dpOf(one.source.row))),
    );
  }
  return { computers: to, orders: await db.collection('orders').countDocuments({}) };
}

/** Spread over the days before now, the newest last. */
function timeOf(number: number): Date {
  return new Date(Date.now() - 30 * 24 * 60 * MINUTE + (number % 40_000) * MINUTE);
}

const TENANT = 'default' as TenantId;
const RELEASE = 'bench' as ReleaseVersion;

const orderOf = (number: number): OrderId => `o-${number}` as OrderId;

function computerOf(number: number, dp: DpId): Computer {
  const state = STATES[number % 100] ?? 'ready';
  const name = `PC-${String(number).padStart(6, '0')}`;
  const at = timeOf(number);
  const isRegistered = state === 'ready' || state === 'pending-restart';
  return {
    id: `c-${number}` as ComputerId,
    revision: state === 'imported' ? 0 : 4,
    tenant: TENANT,
    name,
    hostName: name,
    fqdn: `${name}.example.test`.toLowerCase(),
    address: `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`,
    identity: `name:${name}`,
    source: { kind: 'csv', run: 'bench' as ImportRunId, row: number, directory: null },
    dp: isRegistered
      ? { fixed: null, assigned: dp, since: at, liftedAt: at }
      : { fixed: dp, assigned: null, since: null, liftedAt: null },
    state,
    openOrder: null,
    lastOrder: state === 'imported' ? null : orderOf(number),
    inventory: {
      os: 'Debian GNU/Linux',
      version: '13',
      description: `desk ${number}`,
      location: null,
      ou: 'OU=Site,DC=example,DC=test',
      enabled: true,
      lastLogon: at,
    },
    client: isRegistered ? clientOf(number, at) : null,
    restartDue: state === 'pending-restart',
    registerBy: null,
    alerts:
      number % 100 === 0 ? [{ code: 'REGISTERED_ELSEWHERE', at, text: 'registered under another name' }] : [],
    status: { at, source: 'server' },
    createdAt: at,
  };
}

function clientOf(number: number, at: Date): NonNullable<Computer['client']> {
  return {
    version: '1.0.0',
    installedAt: at,
    registeredAt: at,
    registration: 1,
    order: orderOf(number),
    bootId: `boot-${number}`,
    bootIdAtRegistration: `boot-${number}`,
    lastContact: at,
    location: {
      addresses: ['192.0.2.7'],
      gateway: { ip: '192.0.2.1', mac: '00:00:5e:00:53:01' },
      dnsSuffix: 'example.test',
      adSite: null,
      publicAddress: null,
    },
  };
}

function storedComputer({ id, ...computer }: Computer): Stored {
  return {
    _id: id,
    ...computer,
    nameKey: nameKeyOf(computer),
    search: searchText(computer),
    words: wordsOf(computer),
  };
}

/** It has ended: the server has nothing to do with it. */
function storedOrder({ id, source, state, createdAt }: Computer, dp: DpId): Stored {
  const planned = planOrder({
    id: orderOf(source.row),
    tenant: TENANT,
    computer: id,
    dp,
    kind: 'install-client',
    release: RELEASE,
    requestedBy: 'bench',
    note: null,
    retryOf: null,
    notBefore: createdAt,
    attemptsAllowed: 5,
    expiry: 3600,
    now: createdAt,
  });
  const endedAt = new Date(createdAt.getTime() + 5 * MINUTE);
  const failed = state === 'install-failed';
  const failure: FailureRecord | null = failed
    ? { code: 'NOT_ADMIN', phase: 'auth', native: null, attempt: 1, at: endedAt, dp }
    : null;
  const { id: _id, ...order }: InstallOrder = {
    ...planned,
    revision: 4,
    state: failed ? 'failed' : 'succeeded',
    attempt: 1,
    fence: 1,
    publish: { ticket: 1, due: null, sentAt: createdAt },
    failure,
    result: failed ? 'NOT_ADMIN' : 'OK',
    endedAt,
  };
  return { _id, ...order, wakeAt: null, dispatchAt: null };
}

function storedEvents({ id, source, createdAt }: Computer, dp: DpId): Stored[] {
  const event: Omit<TimelineEvent, 'id'> = {
    tenant: TENANT,
    computer: id,
    order: orderOf(source.row),
    dp,
    importRun: null,
    at: createdAt,
    source: 'dp',
    kind: 'order-progress',
    from: null,
    to: null,
    data: { percent: 10 },
  };
  return [0, 1, 2].map((seq) => ({ _id: `${event.order}:${seq}`, revision: 0, ...event, seq }));
}
