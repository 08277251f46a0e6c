import { Injectable, Logger } from '@nestjs/common';
import { AuditRepository } from '#persistence';
import { newId } from '#runtime';
import type { AuditEntry, Caller } from '#domain';

/** What an entry tells. */
export interface AuditData extends Record<string, unknown> {
  before?: Record<string, unknown> | null;
  after?: Record<string, unknown>;
}

/** Fields that never stand in the audit, at whatever depth. */
const SECRET_FIELDS = /^(?:password|passphrase|privateKey|secret|token|joinToken|bindPassword)$/i;

/** Things of a bulk that one entry names; more take further entries. */
const NAMED = 1000;

/** Who did what, from where, to what; append only. */
@Injectable()
export class AuditService {
  private readonly log = new Logger(AuditService.name);

  constructor(private readonly entries: AuditRepository) {}

  /**
   * Records a change, or a security event when there is no caller. Never throws: what was done stays done, and the log
   * has the entry when the database does not take it.
   *
   * @param by only an address for somebody who is not logged in; null when nobody asked
   * @param action such as `dp.enabled`
   * @param target such as `dp:munich`
   * @param data `after` of what was made, `before` of what was deleted, both of what was changed; and what else is to be
   * known
   */
  async record(
    by: Caller | Pick<Caller, 'address'> | null,
    action: string,
    target: string,
    data: AuditData,
    tenant: string | null = null,
  ): Promise<void> {
    const entry = {
      id: newId(),
      at: new Date(),
      who: by && 'id' in by ? { id: by.id, name: by.name } : null,
      address: by?.address ?? null,
      action,
      target,
      tenant,
      data: withoutSecrets(data) as Record<string, unknown>,
    };
    await this.append([entry]);
  }

  /**
   * One change of many things: entries for each tenant, so that each sees what was done to its own. They name all ids,
   * and are found by each as a target.
   */
  async recordMany(
    caller: Caller,
    action: string,
    kind: string,
    things: readonly { id: string; tenant: string }[],
    data: AuditData,
  ): Promise<void> {
    for (const [tenant, ofTenant] of Map.groupBy(things, (thing) => thing.tenant)) {
      for (let start = 0; start < ofTenant.length; start += NAMED) {
        const ids = ofTenant.slice(start, start + NAMED).map(({ id }) => id);
        await this.record(caller, action, `${kind}s`, { ...data, count: ids.length, ids }, tenant);
      }
    }
  }

  private async append(entries: readonly AuditEntry[]): Promise<void> {
    try {
      await this.entries.append(entries);
    } catch (error) {
      this.log.error({ err: error, audit: entries }, 'audit entries could not be stored');
    }
  }
}

function withoutSecrets(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      SECRET_FIELDS.test(key) ? [] : [[key, withoutSecrets(inner)]],
    ),
  );
}
