import { Inject, Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  type Fault,
  inScope,
  invalid,
  isAllowedHost,
  mustBe,
  type NoticeKind,
  type NotificationTarget,
  SECRET_OVERLAP_HOURS,
  type TenantId,
  type WebhookFormat,
} from '#domain';
import {
  DeliveryRepository,
  NotificationTargetRepository,
  TenantRepository,
  updateWithRetry,
} from '#persistence';
import { currentTime, newId } from '#runtime';
import type { Language } from '#texts';
import { wordedTest } from '../../engine/notices/notice-wording.js';
import { TargetSecrets } from '../../engine/notices/target-secrets.js';
import { type SendResult, WebhookChannel } from '../../engine/notices/webhook-channel.js';
import { newWebhookSecret } from '../../engine/notices/webhook-signature.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import type { IdempotentCreate } from '../../platform/http/idempotent-create.js';
import { assertRevision } from '../../platform/http/if-match.js';

const MISSING = 'notFound.notificationTarget';
const HOUR_MS = 60 * 60_000;

interface TargetInput {
  name: string;
  url: string;
  format: WebhookFormat;
  kinds: readonly NoticeKind[];
  language: Language;
  enabled: boolean;
}
export type NewTarget = TargetInput & { tenant: TenantId | null };
export type TargetChange = { [Field in keyof TargetInput]?: TargetInput[Field] | undefined };

/** What is due within it may be under way: longer than any attempt takes. */
const UNDER_WAY_MS = 10 * 60_000;

/** A target with its secret, for the one answer that shows it. */
export interface WithSecret {
  target: NotificationTarget;
  secret: string;
}

/** Webhooks as administrators enter, change and try them. */
@Injectable()
export class NotificationTargetsService {
  constructor(
    private readonly targets: NotificationTargetRepository,
    private readonly deliveries: DeliveryRepository,
    private readonly tenants: TenantRepository,
    private readonly secrets: TargetSecrets,
    private readonly webhooks: WebhookChannel,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** @throws DomainError VALIDATION_FAILED, DUPLICATE */
  async create(caller: Caller, wish: NewTarget, { id }: IdempotentCreate): Promise<WithSecret> {
    const { url, tenant, ...fields } = wish;
    const known =
      tenant === null
        ? caller.tenants === 'all'
        : inScope(caller.tenants, tenant) && (await this.tenants.findById(caller.tenants, tenant));
    const faults: Fault[] = known ? [] : [{ path: 'tenant', code: 'unknown', key: 'fault.unknownTenant' }];
    faults.push(...this.urlFaults(url));
    if (faults.length > 0) throw invalid(faults);
    const secret = newWebhookSecret();
    const target: NotificationTarget = {
      id,
      tenant,
      ...fields,
      origin: new URL(url).origin,
      url: this.secrets.seal(id, 'url', url),
      secret: this.secrets.seal(id, 'secret', secret),
      previous: null,
      createdAt: new Date(),
      revision: 0,
    };
    if (!(await this.targets.insert(target))) {
      // after a crash the first run's target may be there already; nobody was ever shown its secret
      const before = await this.targets.findById(caller.tenants, id);
      const again = before && (await this.targets.replace({ ...target, revision: before.revision }));
      if (again) return { target: again, secret };
      throw new DomainError('DUPLICATE', 'duplicate.notificationTarget', { name: wish.name });
    }
    const data = { after: summary(target) };
    await this.audit.record(caller, 'notification-target.created', `notification-target:${id}`, data, tenant);
    return { target, secret };
  }

  /** Those of the tenants that the caller sees. */
  list(caller: Caller): Promise<NotificationTarget[]> {
    return this.targets.list(caller.tenants);
  }

  /** @throws DomainError NOT_FOUND */
  async get(caller: Caller, id: string): Promise<NotificationTarget> {
    const target = await this.targets.findById(caller.tenants, id);
    if (!target) throw new DomainError('NOT_FOUND', MISSING);
    return target;
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_FAILED, DUPLICATE, REVISION_STALE */
  async change(
    caller: Caller,
    id: string,
    { url, ...change }: TargetChange,
    revision: number | null,
  ): Promise<NotificationTarget> {
    const faults = url === undefined ? [] : this.urlFaults(url);
    if (faults.length > 0) throw invalid(faults);
    const address =
      url === undefined ? {} : { origin: new URL(url).origin, url: this.secrets.seal(id, 'url', url) };
    const { before, after } = await updateWithRetry(
      () => this.targets.findById(caller.tenants, id),
      (target) => {
        assertRevision(target, revision);
        return { ...target, ...given(change), ...address };
      },
      (target) => this.targets.replace(target),
      MISSING,
    );
    const data = { before: summary(before), after: summary(after), addressEntered: url !== undefined };
    await this.audit.record(
      caller,
      'notification-target.changed',
      `notification-target:${id}`,
      data,
      after.tenant,
    );
    return after;
  }

  /** A new secret; the one before signs too for a day, so that a receiver can be given the new one without a gap. */
  async rotate(caller: Caller, id: string): Promise<WithSecret> {
    const secret = newWebhookSecret();
    const until = new Date(Date.now() + SECRET_OVERLAP_HOURS * HOUR_MS);
    const { after } = await updateWithRetry(
      () => this.targets.findById(caller.tenants, id),
      (target) => ({
        ...target,
        secret: this.secrets.seal(id, 'secret', secret),
        previous: { ...target.secret, until },
      }),
      (target) => this.targets.replace(target),
      MISSING,
    );
    const what = 'notification-target.secret-changed';
    await this.audit.record(caller, what, `notification-target:${id}`, {}, after.tenant);
    return { target: after, secret };
  }

  /** What is on its way to it fails, also what waits for its next attempt. @throws DomainError NOT_FOUND, REVISION_STALE */
  async remove(caller: Caller, id: string, revision: number | null): Promise<void> {
    const target = await this.get(caller, id);
    assertRevision(target, revision);
    if (!(await this.targets.remove(id, target.revision)))
      throw new DomainError('REVISION_STALE', 'changed.notificationTarget');
    const data = { before: summary(target) };
    const what = 'notification-target.deleted';
    await this.audit.record(caller, what, `notification-target:${id}`, data, target.tenant);
    // it would show as waiting until its next attempt, which may be hours away
    const now = currentTime();
    await this.deliveries.hasten(id, now, new Date(now.getTime() + UNDER_WAY_MS));
  }

  /** Sends something now, once, whether or not the target is enabled; says what came of it. */
  async test(caller: Caller, id: string): Promise<SendResult & { took: number }> {
    const target = await this.get(caller, id);
    const now = new Date();
    const delivery = `test-${newId()}`;
    const notice = wordedTest(delivery, target.tenant, target.language, this.env.PUBLIC_URL, now);
    const result = await this.webhooks.send(target, delivery, notice, now);
    const what = 'notification-target.tested';
    const data = { outcome: result.outcome, status: result.status };
    await this.audit.record(caller, what, `notification-target:${id}`, data, target.tenant);
    return { ...result, took: Date.now() - now.getTime() };
  }

  /** Where a host leads is judged when something is sent: names change. */
  private urlFaults(text: string): Fault[] {
    const url = URL.canParse(text) ? new URL(text) : null;
    if (!url || url.username !== '' || url.password !== '')
      return [{ path: 'url', code: 'url', ...mustBe('what.webhookUrl') }];
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (url.protocol === 'http:' && !isAllowedHost(this.env.WEBHOOK_HOSTS, host, host) && !this.mayBeListed())
      return [{ path: 'url', code: 'plain', key: 'fault.webhookPlain' }];
    return [];
  }

  /** Whether a name may lead to one of the networks that are allowed. */
  private mayBeListed(): boolean {
    return this.env.WEBHOOK_HOSTS.networks.length > 0;
  }
}

function given<T extends object>(fields: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function summary(target: NotificationTarget): Record<string, unknown> {
  const { name, tenant, origin, format, kinds, language, enabled } = target;
  return { name, tenant, origin, format, kinds, language, enabled };
}
