import { Inject, Injectable } from '@nestjs/common';
import {
  type Caller,
  DomainError,
  effectivePreferences,
  invalid,
  type MailChoices,
  type MailMode,
  noPreferences,
  type NotificationPreferences,
  type PreferencesOwner,
  type TenantId,
} from '#domain';
import { NotificationPreferencesRepository, TenantRepository, updateWithRetry } from '#persistence';
import { newId } from '#runtime';
import type { Language } from '#texts';
import { MailChannel } from '../../engine/notices/mail-channel.js';
import { wordedTest } from '../../engine/notices/notice-wording.js';
import type { SendResult } from '../../engine/notices/webhook-channel.js';
import { AuditService } from '../../platform/audit/audit.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { assertRevision } from '../../platform/http/if-match.js';

const MISSING = 'notFound.settings';
const USER = 'user:';

export interface PreferencesChange {
  email?: string | null | undefined;
  language?: Language | null | undefined;
  timeZone?: string | null | undefined;
  dailyAt?: string | null | undefined;
  mail?: { readonly [Kind in keyof MailChoices]?: MailMode | null | undefined } | undefined;
}

/** How users want to be told, and what tenants give theirs. */
@Injectable()
export class PreferencesService {
  constructor(
    private readonly preferences: NotificationPreferencesRepository,
    private readonly tenants: TenantRepository,
    private readonly mail: MailChannel,
    private readonly audit: AuditService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  /** The caller's own. @throws DomainError NOT_FOUND for an API token, which reads no mail */
  async ofCaller(
    caller: Caller,
  ): Promise<{ own: NotificationPreferences; below: NotificationPreferences | null }> {
    return { own: await this.read(ownerOf(caller)), below: await this.belowOf(caller) };
  }

  /** @throws DomainError NOT_FOUND */
  async ofTenant(caller: Caller, tenant: TenantId): Promise<NotificationPreferences> {
    if (!(await this.tenants.findById(caller.tenants, tenant)))
      throw new DomainError('NOT_FOUND', 'notFound.tenant');
    return this.read(`tenant:${tenant}`);
  }

  /** @throws DomainError NOT_FOUND, VALIDATION_FAILED, REVISION_STALE */
  async changeOfCaller(caller: Caller, change: PreferencesChange, revision: number | null): Promise<void> {
    const owner = ownerOf(caller);
    const domain = change.email?.split('@')[1]?.toLowerCase();
    const { SMTP_DOMAINS } = this.env;
    if (domain !== undefined && SMTP_DOMAINS.length > 0 && !SMTP_DOMAINS.includes(domain)) {
      const params = { domains: SMTP_DOMAINS };
      throw invalid([{ path: 'email', code: 'domain', key: 'fault.mailDomain', params }]);
    }
    await this.write(caller, owner, change, revision, null);
  }

  /** @throws DomainError NOT_FOUND, REVISION_STALE */
  async changeOfTenant(
    caller: Caller,
    tenant: TenantId,
    change: PreferencesChange,
    revision: number | null,
  ): Promise<void> {
    await this.ofTenant(caller, tenant);
    await this.write(caller, `tenant:${tenant}`, change, revision, tenant);
  }

  /** Sends a mail to the caller now; says what came of it. @throws DomainError NOT_FOUND; WRONG_STATE without an address */
  async test(caller: Caller): Promise<SendResult & { took: number }> {
    const { own, below } = await this.ofCaller(caller);
    if (own.email === null) throw new DomainError('WRONG_STATE', 'notification.noEmail');
    const now = new Date();
    const { language, timeZone } = effectivePreferences(below, own);
    const id = `test-${newId()}`;
    const notice = wordedTest(id, null, language, this.env.PUBLIC_URL, now);
    const result = await this.mail.send(own.email, id, [notice], { language, timeZone });
    const data = { outcome: result.outcome, status: result.status };
    await this.audit.record(caller, 'notifications.tested', own.id, data);
    return { ...result, took: Date.now() - now.getTime() };
  }

  private async write(
    caller: Caller,
    owner: PreferencesOwner,
    { mail, ...change }: PreferencesChange,
    revision: number | null,
    tenant: TenantId | null,
  ): Promise<void> {
    const { before, after } = await updateWithRetry<NotificationPreferences>(
      () => this.read(owner),
      (own) => {
        assertRevision(own, revision);
        return { ...own, ...given(change), mail: laidOver(own.mail, mail ?? {}) };
      },
      (own) => this.preferences.put(own),
      MISSING,
    );
    const data = { before: summary(before), after: summary(after) };
    await this.audit.record(caller, 'notifications.changed', owner, data, tenant);
  }

  private async read(owner: PreferencesOwner): Promise<NotificationPreferences> {
    return (await this.preferences.findById(owner)) ?? noPreferences(owner);
  }

  /** What counts below a user of one tenant; a user of several has a layer for each notice. */
  private async belowOf({ tenants }: Caller): Promise<NotificationPreferences | null> {
    const [only] = tenants === 'all' ? [] : tenants;
    return only !== undefined && tenants.length === 1 ? this.preferences.findById(`tenant:${only}`) : null;
  }
}

function ownerOf({ id }: Caller): PreferencesOwner {
  if (!id.startsWith(USER)) throw new DomainError('NOT_FOUND', 'notification.usersOnly');
  return `user:${id.slice(USER.length)}`;
}

function laidOver(own: MailChoices, change: NonNullable<PreferencesChange['mail']>): MailChoices {
  const merged = Object.entries({ ...own, ...given(change) });
  return Object.fromEntries(merged.filter(([, mode]) => mode !== null));
}

function given<T extends object>(fields: T): { [Field in keyof T]: Exclude<T[Field], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

function summary({
  email,
  language,
  timeZone,
  dailyAt,
  mail,
}: NotificationPreferences): Record<string, unknown> {
  return { email, language, timeZone, dailyAt, mail };
}
