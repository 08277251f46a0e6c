import { Injectable } from '@nestjs/common';
import { IdempotencyRepository, LoginAttemptsRepository, SessionRepository } from '#persistence';

/** Records that say themselves until when they count. Nobody asks for them any more, so nothing else would find them. */
@Injectable()
export class ExpiredRecords {
  constructor(
    private readonly idempotency: IdempotencyRepository,
    private readonly sessions: SessionRepository,
    private readonly attempts: LoginAttemptsRepository,
  ) {}

  async remove(now: Date): Promise<void> {
    await this.idempotency.removeExpired(now);
    await this.sessions.removeExpired(now);
    await this.attempts.removeExpired(now);
  }
}
