import { Injectable, Logger } from '@nestjs/common';
import { AuditRepository } from '#persistence';
import { newId } from '#runtime';
import type { Caller } from '../access/caller.js';

/** Fields that never stand in the audit, at whatever depth. */
const SECRET_FIELDS = /^(?:password|passphrase|privateKey|secret|token|joinToken|bindPassword)$/i;

/** Who did what, from where, to what; append only. */
@Injectable()
export class AuditService {
  private readonly log = new Logger(AuditService.name);

  constructor(private readonly entries: AuditRepository) {}

  /**
   * Records a change, or a security event when there is no caller. Never throws: what was done stays done, and the log
   * has the entry when the database does not take it.
   *
   * @param action such as `dp.enabled`
   * @param target such as `dp:munich`
   */
  async record(
    caller: Caller | null,
    action: string,
    target: string,
    data: Record<string, unknown>,
    tenant: string | null = null,
  ): Promise<void> {
    const entry = {
      id: newId(),
      at: new Date(),
      who: caller && { id: caller.id, name: caller.name },
      address: caller?.address ?? null,
      action,
      target,
      tenant,
      data: withoutSecrets(data) as Record<string, unknown>,
    };
    try {
      await this.entries.append([entry]);
    } catch (error) {
      this.log.error({ err: error, audit: entry }, 'audit entry could not be stored');
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
