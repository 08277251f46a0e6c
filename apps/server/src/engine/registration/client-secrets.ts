import { Injectable } from '@nestjs/common';
import { makeToken } from '#contract';
import type { Computer, ComputerId } from '#domain';
import { constantTimeEquals, sha256 } from '#sealing';
import { LastRestore } from '../../platform/keys/last-restore.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';

/** How many registrations of a computer a backup may lack. */
const REGISTRATIONS_SINCE = 8;

/** What clients prove by who they are. Nothing of it is stored: it follows from the server's token key. */
@Injectable()
export class ClientSecrets {
  constructor(
    private readonly keys: ServerKeys,
    private readonly restore: LastRestore,
  ) {}

  /** Derived from the registration's number, so that repeating a registration gives the same secret. */
  of(computer: ComputerId, registration: number): string {
    return makeToken(computer, this.keys.token('client', computer, String(registration)));
  }

  /**
   * The registration that a secret was given at; null: at none, or at an outdated one. Only this installation can have made
   * the secret of a later one than is known, where the database was restored from a backup since (ADR 32).
   */
  registrationBy(computer: Computer, secretHash: string): number | null {
    const known = computer.client?.registration ?? 0;
    const newest = this.restore.at ? known + REGISTRATIONS_SINCE : known;
    for (let number = Math.max(known, 1); number <= newest; number += 1)
      if (constantTimeEquals(sha256(this.of(computer.id, number)), secretHash)) return number;
    return null;
  }
}
