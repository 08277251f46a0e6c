import { domainToASCII } from 'node:url';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  idOfToken,
  type ContactAnswer,
  type ContactCall,
  type ContactRequest,
  type RegisterAnswer,
  type RegisterCall,
  type RegisterRequest,
  type WireLocation,
} from '#contract';
import {
  assignAtContact,
  contact,
  DomainError,
  isCalled,
  register,
  registeredSinceBackup,
  registerMismatch,
  withEvents,
  type Computer,
  type ComputerId,
  type InstallOrder,
  type LocationData,
  type OrderId,
  type TimelineEvent,
} from '#domain';
import { ComputerRepository, OrderRepository, retryWhenBeaten, TimelineRepository } from '#persistence';
import { constantTimeEquals, sha256 } from '#sealing';
import { activeTrace } from '#runtime';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { ChangeFeed } from '../../platform/events/change-feed.js';
import { LastRestore } from '../../platform/keys/last-restore.js';
import { OrderMetrics } from '../../platform/health/order-metrics.js';
import { LocationChoicesService } from '../location/location-choices.service.js';
import { computerEvent } from '../orders/order-events.js';
import { recordRegistered, recordStation } from '../orders/order-trace.js';
import { OrderTransitions } from '../orders/order-transitions.js';
import { WireOrdersService } from '../claim/wire-orders.service.js';
import { contactEvents, registrationEvents } from './client-events.js';
import { ClientSecrets } from './client-secrets.js';

/** Seconds until a client's next contact; shorter while its restart is due. */
const CONTACT_AFTER = 900;
const CONTACT_AFTER_WHILE_RESTART_DUE = 60;

/** Registration and contacts of management clients (R9, R10), straight from a client or through a gateway. */
@Injectable()
export class RegistrationService {
  private readonly log = new Logger(RegistrationService.name);

  constructor(
    private readonly computers: ComputerRepository,
    private readonly orders: OrderRepository,
    private readonly timeline: TimelineRepository,
    private readonly transitions: OrderTransitions,
    private readonly wire: WireOrdersService,
    private readonly locations: LocationChoicesService,
    private readonly secrets: ClientSecrets,
    private readonly restore: LastRestore,
    private readonly audit: AuditService,
    private readonly feed: ChangeFeed,
    private readonly metrics: OrderMetrics,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** A registration as a client sends it: with the token itself. */
  registerDirectly(request: RegisterRequest, address: string, now: Date): Promise<RegisterAnswer> {
    const { token, ...rest } = request;
    const order = idOfToken(token);
    if (!order) throw new DomainError('UNAUTHENTICATED', 'registration.tokenInvalid');
    return this.register({ ...rest, order, tokenHash: sha256(token), address }, now);
  }

  /**
   * Takes a registration. It proves the installation: the computer goes on, whatever the DP has said, and its order
   * ends as succeeded. Repeated with the same boot id, it gets the same answer.
   *
   * @throws DomainError UNAUTHENTICATED, REGISTER_MISMATCH (a security event), REGISTER_TOKEN_SPENT
   */
  async register(call: RegisterCall, now: Date): Promise<RegisterAnswer> {
    const order = await this.orderOfToken(call);
    return retryWhenBeaten(`computer ${order.computer}`, async () => {
      const computer = await this.computers.findById('all', order.computer);
      if (!computer) throw new DomainError('UNAUTHENTICATED', 'registration.tokenInvalid');
      if (!isNamed(computer, call)) await this.refuseOtherName(computer, order, call, now);
      const registration = computer.client?.registration ?? 0;
      const location = locationData(call.location, call.address);
      const choice = await this.locations.choose(computer.tenant, location, null);
      const outcome = register(
        computer,
        {
          order: order.id,
          version: call.version,
          bootId: call.bootId,
          restartRequired: call.restartRequired,
          location,
          registration: registration + 1,
          dp: choice.dp,
        },
        now,
      );
      const events = outcome.changed
        ? registrationEvents(outcome.computer, computer, order.id, choice, now)
        : [];
      const stored = outcome.changed
        ? await this.computers.replace(withEvents(outcome.computer, events))
        : computer;
      if (!stored) return undefined;
      if (outcome.changed) {
        this.metrics.reached('registered', order, now);
        recordRegistered(stored.state, order);
      }
      await this.recordRegistration(stored, order, now);
      return {
        computer: stored.id,
        secret: this.secrets.of(stored.id, stored.client?.registration ?? 0),
        contactAfter: contactAfter(stored),
        dp: stored.dp.assigned,
      };
    });
  }

  contactDirectly(
    secret: string,
    request: ContactRequest,
    address: string,
    now: Date,
  ): Promise<ContactAnswer> {
    const computer = idOfToken(secret);
    if (!computer) throw new DomainError('UNAUTHENTICATED', 'client.secretInvalid');
    return this.contact({ ...request, computer, secretHash: sha256(secret), address }, now);
  }

  /** @throws DomainError UNAUTHENTICATED for an unknown or outdated secret, WRONG_STATE when retired */
  contact(call: ContactCall, now: Date): Promise<ContactAnswer> {
    return retryWhenBeaten(`computer ${call.computer}`, async () => {
      const computer = await this.computers.findById('all', call.computer as ComputerId);
      const registration = computer && this.secrets.registrationBy(computer, call.secretHash);
      if (!registration) throw new DomainError('UNAUTHENTICATED', 'client.secretInvalid');
      if (registration !== computer.client?.registration) {
        const known = await this.recogniseClient(computer, registration, call, now);
        return known && this.contactAnswer(known);
      }
      const location = locationData(call.location, call.address);
      const seen = contact(computer, { ...call, location }, now);
      const choice = await this.locations.choose(computer.tenant, location, computer.dp.assigned);
      const dp = assignAtContact(computer.dp, choice.dp, choice.stillServes, now);
      const events = contactEvents({ ...seen, dp }, computer, choice, now);
      const stored = await this.computers.replace(withEvents({ ...seen, dp }, events));
      if (!stored) return undefined;
      await this.recordContact(stored, computer, events);
      return this.contactAnswer(stored);
    });
  }

  private contactAnswer(stored: Computer): ContactAnswer {
    return {
      state: stored.state,
      dp: stored.dp.assigned,
      server: this.env.PUBLIC_URL,
      contactAfter: contactAfter(stored),
    };
  }

  /** Takes a client back that has registered after the backup. Undefined: somebody else was faster. */
  private async recogniseClient(
    computer: Computer,
    registration: number,
    call: ContactCall,
    now: Date,
  ): Promise<Computer | undefined> {
    const location = locationData(call.location, call.address);
    const choice = await this.locations.choose(computer.tenant, location, null);
    const { version, bootId, restartRequired } = call;
    const facts = { version, bootId, restartRequired, location, registration, dp: choice.dp };
    const known = registeredSinceBackup(computer, facts, this.restore.at ?? now, now);
    if (!known) throw new DomainError('WRONG_STATE', 'computer.notRegistered', { name: computer.hostName });
    const openOrder = computer.openOrder?.id ?? null;
    const events = registrationEvents(known, computer, known.client?.order ?? null, choice, now);
    const stored = await this.computers.replace(withEvents(known, events));
    if (!stored) return undefined;
    this.log.warn({ computer: stored.id, registration }, 'client had registered after the backup');
    const order = openOrder && !stored.openOrder ? await this.orders.findById('all', openOrder) : null;
    if (order) await this.recordRegistration(stored, order, now);
    else await this.recordContact(stored, computer, events);
    return stored;
  }

  private async orderOfToken(call: RegisterCall): Promise<InstallOrder> {
    const order = await this.orders.findById('all', call.order as OrderId);
    const expected = order && sha256(this.wire.registrationToken(order));
    if (!order || !expected || !constantTimeEquals(expected, call.tokenHash)) {
      throw new DomainError('UNAUTHENTICATED', 'registration.tokenInvalid');
    }
    return order;
  }

  private async recordRegistration(stored: Computer, order: InstallOrder, now: Date): Promise<void> {
    await this.timeline.append(stored.untold ?? []);
    await this.transitions.applyOne(order, { event: { type: 'registered' }, source: 'client' }, now);
    this.feed.changed('computer', stored.id, stored.tenant);
    const { id, correlation } = order;
    this.log.log({ computer: stored.id, order: id, state: stored.state, correlation }, 'client registered');
  }

  private async recordContact(
    stored: Computer,
    before: Computer,
    events: readonly TimelineEvent[],
  ): Promise<void> {
    if (events.length === 0) return;
    await this.timeline.append(events);
    this.feed.changed('computer', stored.id, stored.tenant);
    if (stored.dp.assigned !== before.dp.assigned)
      this.log.log({ computer: stored.id, dp: stored.dp.assigned }, 'client assigned by location');
    if (stored.state === before.state) return;
    const order = stored.lastOrder === null ? null : await this.orders.findById('all', stored.lastOrder);
    const [id, correlation] = [stored.lastOrder, order?.correlation];
    this.log.log({ computer: stored.id, order: id, state: stored.state, correlation }, 'client contact');
    if (order) recordStation(stored.state, order, () => ({ from: activeTrace() }));
  }

  private async refuseOtherName(
    computer: Computer,
    order: InstallOrder,
    call: RegisterCall,
    now: Date,
  ): Promise<never> {
    const data = { said: call.name, fqdn: call.fqdn ?? null, address: call.address, order: order.id };
    await this.audit.record(null, 'register.mismatch', `computer:${computer.id}`, data, computer.tenant);
    const outcome = registerMismatch(computer, call.name, now);
    // whoever changes the computer at this moment may keep the alert off it; the timeline and the audit have it
    if (outcome.changed && (await this.computers.replace(outcome.computer)))
      this.feed.changed('computer', computer.id, computer.tenant);
    await this.timeline.append([
      computerEvent(computer, {
        id: `register-refused:${order.id}:${sha256(`${call.name}|${call.bootId}`).slice(0, 16)}`,
        at: now,
        source: 'client',
        kind: 'register-refused',
        order: order.id,
        data: { ...data, code: 'REGISTER_MISMATCH' },
      }),
    ]);
    throw new DomainError('REGISTER_MISMATCH', 'registration.otherComputer', {
      name: computer.hostName,
      said: call.name,
    });
  }
}

/** The name a client gives must be the imported one. Windows says international names as they are written. */
function isNamed(computer: Computer, { name, fqdn }: Pick<RegisterCall, 'name' | 'fqdn'>): boolean {
  return isCalled(computer, [name, fqdn ?? ''].map(toAscii));
}

function toAscii(said: string): string {
  // a plain one stays as it is: 1.2 would become the address 1.0.0.2
  return /[^\p{ASCII}]/u.test(said) ? domainToASCII(said.trim()) || said : said;
}

function locationData(location: WireLocation, address: string): LocationData {
  return {
    addresses: location.addresses,
    gateway: location.gateway ?? null,
    dnsSuffix: location.dnsSuffix ?? null,
    adSite: location.adSite ?? null,
    publicAddress: address,
  };
}

function contactAfter(computer: Computer): number {
  return computer.state === 'pending-restart' ? CONTACT_AFTER_WHILE_RESTART_DUE : CONTACT_AFTER;
}
