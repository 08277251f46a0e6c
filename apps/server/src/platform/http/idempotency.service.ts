import { Injectable } from '@nestjs/common';
import { DomainError } from '#domain';
import { IdempotencyRepository, type KeptError, type IdempotencyRecord } from '#persistence';
import { newId } from '#runtime';
import type { IdempotentCreate } from './idempotent-create.js';
import { EdgeError, PROBLEMS } from '#http';

/** Answers are kept for a day. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** A run that has not been heard of for this long has crashed; the repeat runs it again. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
/** How long a repeat waits for a first run that is under way. */
const WAIT_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 100;
/** Broken rules that the repeat is told again. Everything else changed nothing and may simply be tried again. */
const KEPT_STATUSES: readonly number[] = [404, 409];

interface KeptAnswer {
  status: number;
  location: string | null;
  body: unknown;
}

/** The first run of a request, or the one that takes over after a crash. */
export interface Attempt {
  kind: 'run';
  creation: IdempotentCreate;
  succeeded(answer: KeptAnswer): Promise<void>;
  failed(error: unknown): Promise<void>;
}

/** The repeat of a request that has ended. */
export interface Repeat extends KeptAnswer {
  kind: 'repeat';
  error: KeptError | null;
}

/** Remembers what became of requests with an Idempotency-Key, in the database, so that any server knows. */
@Injectable()
export class IdempotencyService {
  constructor(private readonly records: IdempotencyRepository) {}

  /**
   * @param id of caller and key
   * @param fingerprint of the request
   * @throws EdgeError IDEMPOTENCY_KEY_REUSED when the key belongs to another request
   * @throws DomainError UNAVAILABLE when the first run is still under way
   */
  async begin(id: string, fingerprint: string): Promise<Attempt | Repeat> {
    const patience = Date.now() + WAIT_TIMEOUT_MS;
    for (;;) {
      const now = new Date();
      const fresh = freshRecord(id, fingerprint, now);
      if (await this.records.insert(fresh)) return this.attempt(fresh, null);
      const known = await this.records.findById(id);
      if (!known) continue;
      if (known.expiresAt <= now) {
        const stored = await this.records.replace({ ...fresh, revision: known.revision });
        if (stored) return this.attempt(stored, null);
        continue;
      }
      if (known.fingerprint !== fingerprint) {
        throw new EdgeError('IDEMPOTENCY_KEY_REUSED', 'idempotency.otherRequest');
      }
      if (known.answer) return { kind: 'repeat', ...known.answer };
      if (known.leaseUntil <= now) {
        const stored = await this.records.replace({ ...known, leaseUntil: leaseFrom(now) });
        if (stored) return this.attempt(stored, known.createdAt);
        continue;
      }
      if (now.getTime() > patience) {
        throw new DomainError('UNAVAILABLE', 'idempotency.underWay');
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
    }
  }

  private attempt(record: IdempotencyRecord, since: Date | null): Attempt {
    let current = record;
    let renewal: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      renewal = this.records
        .replace({ ...current, leaseUntil: leaseFrom(new Date()) })
        .then((stored) => (current = stored ?? current))
        .catch(() => undefined);
    }, RENEW_MS);
    timer.unref();
    const end = async (answer: IdempotencyRecord['answer']): Promise<void> => {
      clearInterval(timer);
      await renewal;
      if (answer) await this.records.replace({ ...current, answer });
      else await this.records.remove(current.id, current.revision);
    };
    return {
      kind: 'run',
      creation: { id: record.seed, since },
      succeeded: (answer) => end({ ...answer, error: null }),
      failed: (error) => end(keptError(error)),
    };
  }
}

function freshRecord(id: string, fingerprint: string, now: Date): IdempotencyRecord {
  return {
    id,
    fingerprint,
    seed: newId(),
    leaseUntil: leaseFrom(now),
    answer: null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + KEPT_MS),
    revision: 0,
  };
}

function leaseFrom(now: Date): Date {
  return new Date(now.getTime() + LEASE_MS);
}

function keptError(error: unknown): IdempotencyRecord['answer'] {
  if (!(error instanceof DomainError)) return null;
  const { status } = PROBLEMS[error.code];
  if (!KEPT_STATUSES.includes(status)) return null;
  const { code, key, params, faults } = error;
  return { status, location: null, body: null, error: { code, key, params, faults: [...faults] } };
}
