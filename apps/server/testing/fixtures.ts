import {
  idOfToken,
  RPC,
  type ContactAnswer,
  type EnrolAnswer,
  type EnrolCall,
  type RegisterAnswer,
} from '#contract';
import type { Computer, ComputerId, DpId, ImportRunId, OrderId, TenantId } from '#domain';
import { QUEUES, RpcClient } from '#messaging';
import { AccountRepository, ComputerRepository, OrderRepository } from '#persistence';
import { newId } from '#runtime';
import {
  generateSealingKeyPair,
  generateSigningKeyPair,
  publicKeyText,
  sha256,
  type KeyPair,
} from '#sealing';
import { WireOrdersService } from '../src/engine/claim/wire-orders.service.js';
import type { TestServer } from './test-server.js';

/** A machine that can join as a DP: its keys, and its calls as a gateway passes them on. */
export interface TestDp {
  id: DpId;
  signing: KeyPair;
  sealing: KeyPair;
  enrol: (joinToken: string, changes?: Partial<EnrolCall>) => Promise<EnrolAnswer>;
}

export function rpc<T>(server: TestServer, pattern: string, data: unknown): Promise<T> {
  return server.app.get(RpcClient).ask<T>(QUEUES.rpc, pattern, data);
}

export function testDp(server: TestServer, id: string): TestDp {
  const [signing, sealing] = [generateSigningKeyPair(), generateSealingKeyPair()];
  return {
    id: id as DpId,
    signing,
    sealing,
    enrol: (joinToken, changes) =>
      rpc<EnrolAnswer>(server, RPC.enrol, {
        dp: idOfToken(joinToken),
        tokenHash: sha256(joinToken),
        signingKey: publicKeyText(signing.publicKey),
        sealingKey: publicKeyText(sealing.publicKey),
        agent: { version: '1.0.0', os: 'linux', hostname: 'dp-host' },
        address: '10.0.0.5',
        ...changes,
      }),
  };
}

/** A DP that has joined and is enabled. */
export async function enabledDp(
  server: TestServer,
  id: string,
  tenant: string | null = 'default',
): Promise<TestDp> {
  const dp = testDp(server, id);
  const path = `/api/v1/distribution-points`;
  const made = await server.post(path, { id, name: `DP ${id}`, tenant });
  await dp.enrol(made.body.joinToken);
  await server.post(`${path}/${id}/enable`, {});
  return dp;
}

/** Orders that earlier tests have left lying about: their logins count as over, as they do after a minute. */
export async function forgetLogins(server: TestServer): Promise<void> {
  const accounts = server.app.get(AccountRepository);
  for (const account of await accounts.list('all')) await accounts.replace({ ...account, logins: [] });
}

/** A computer as an import leaves it. */
export async function importedComputer(
  server: TestServer,
  name: string,
  dp: string | null,
  fields: Partial<Computer> = {},
): Promise<Computer> {
  const now = new Date();
  const computer: Computer = {
    id: newId() as ComputerId,
    tenant: 'default' as TenantId,
    name: name.toUpperCase(),
    hostName: name.toUpperCase(),
    fqdn: null,
    address: null,
    identity: `name:${name.toLowerCase()}`,
    source: { kind: 'csv', run: 'run-1' as ImportRunId, row: 1, directory: null },
    dp: { fixed: dp as DpId | null, assigned: null, since: now, liftedAt: null },
    state: 'imported',
    openOrder: null,
    lastOrder: null,
    inventory: {
      os: null,
      version: null,
      description: null,
      location: null,
      ou: null,
      enabled: null,
      lastLogon: null,
    },
    client: null,
    restartDue: false,
    registerBy: null,
    alerts: [],
    status: { at: now, source: 'importer' },
    createdAt: now,
    revision: 0,
    ...fields,
  };
  await server.app.get(ComputerRepository).insertNew([computer]);
  return computer;
}

/** A computer whose client has registered, with the DP that location rules gave it. */
export function registeredComputer(
  server: TestServer,
  name: string,
  assigned: string,
  version = '0.9',
): Promise<Computer> {
  const now = new Date();
  return importedComputer(server, name, null, {
    state: 'ready',
    dp: { fixed: null, assigned: assigned as DpId, since: now, liftedAt: now },
    client: {
      version,
      installedAt: now,
      registeredAt: now,
      registration: 0,
      order: 'before' as OrderId,
      bootId: 'boot-0',
      bootIdAtRegistration: 'boot-0',
      lastContact: now,
      location: null,
    },
  });
}

/** A published client release with one file. */
export async function publishedRelease(server: TestServer, version: string, content: Buffer): Promise<void> {
  const path = `/api/v1/client-releases`;
  await server.post(path, { version, platforms: { linux: { install: './install.sh' } } });
  await server.call('PUT', `${path}/${version}/files/linux`, {
    payload: content,
    headers: { 'content-type': 'application/octet-stream', 'x-file-name': `client-${version}.tar.gz` },
  });
  const published = await server.patch(`${path}/${version}`, { state: 'published' });
  if (published.status !== 200) throw new Error(published.text);
}

/** A client that has registered, and what it says from then on. */
export interface TestClient {
  computer: ComputerId;
  registered: RegisterAnswer;
  contact: (location: object, bootId?: string) => Promise<ContactAnswer>;
}

/** Releases a computer and lets its client register, whether a DP has fetched its order or not. */
export async function registeredClient(
  server: TestServer,
  computer: Computer,
  location: object = {},
  { restartRequired = false, orderId = null as string | null } = {},
): Promise<TestClient> {
  const id = orderId ?? (await server.post(`/api/v1/computers/${computer.id}/release`, {})).body.order;
  const order = await server.app.get(OrderRepository).findById('all', id as OrderId);
  if (!order) throw new Error(`no order ${id}`);
  const wire = server.app.get(WireOrdersService, { strict: false });
  const said = { os: 'Test', version: '1.0', restartRequired: false };
  const open = async <T>(path: string, body: object, headers = {}): Promise<T> => {
    const answer = await server.call('POST', path, { token: null, body, headers });
    if (answer.status >= 300) throw new Error(answer.text);
    return answer.body as T;
  };
  const registered = await open<RegisterAnswer>('/client/v1/register', {
    ...said,
    token: wire.registrationToken(order),
    name: computer.name,
    bootId: 'boot-1',
    restartRequired,
    location: { addresses: [], ...location },
  });
  return {
    computer: computer.id,
    registered,
    contact: (at, bootId = 'boot-1') =>
      open(
        '/client/v1/contact',
        { bootId, version: '1.0', restartRequired: false, location: { addresses: [], ...at } },
        { authorization: `Bearer ${registered.secret}` },
      ),
  };
}
