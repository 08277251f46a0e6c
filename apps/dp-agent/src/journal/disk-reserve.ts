import { open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NativeSign } from '../failures/failure.js';
import { codeOf, type Log, messageOf } from '../base/log.js';

/** Room for the reports of every order that can be under way, many times over. */
export const RESERVE_BYTES = 1024 * 1024;
/** The file of the state folder that keeps it. */
export const RESERVE = 'reserve';
/** Seconds between two tries to get the reserve back. */
const LOOK_EVERY = 10;

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the disk is mounted read-only',
};

/** Whether an error says that nothing can be written; in a sentence, else null. */
export function diskTrouble(error: unknown): string | null {
  return WORDS[codeOf(error)] ?? null;
}

/**
 * Space kept back in the state folder, so that what runs can be brought to its end when the disk is full. Spent once it is
 * needed; until it is there again, the DP takes no orders.
 */
export class DiskReserve {
  private readonly path: string;
  private sign: NativeSign | null = null;
  private lookedAt = 0;

  constructor(
    private readonly state: string,
    private readonly log: Log,
    private readonly now: () => number,
  ) {
    this.path = join(state, RESERVE);
  }

  /** Why no orders are taken; null: all is well. */
  get trouble(): NativeSign | null {
    return this.sign;
  }

  /** Fills the reserve, and removes what writes that broke off have left. */
  async prepare(): Promise<void> {
    for (const name of await readdir(this.state).catch(() => []))
      if (name.endsWith('.new')) await rm(join(this.state, name), { force: true }).catch(() => undefined);
    await this.fill();
  }

  /** Gives the reserve up, when this is why a write failed. @returns whether there is room now */
  async spend(error: unknown): Promise<boolean> {
    const what = diskTrouble(error);
    if (what === null) return false;
    if (this.sign === null) {
      const sentence = `${what} where ${this.state} is: no orders are taken until it can be written again`;
      this.log.error(sentence, { code: codeOf(error) });
      this.sign = { system: 'dp', code: codeOf(error), text: sentence };
    }
    this.lookedAt = this.now();
    return rm(this.path).then(
      () => true,
      () => false,
    );
  }

  /** Looks whether the disk can be written again, from time to time. */
  async recover(): Promise<void> {
    if (this.sign === null || this.now() - this.lookedAt < LOOK_EVERY * 1000) return;
    this.lookedAt = this.now();
    await this.fill();
  }

  private async fill(): Promise<void> {
    try {
      const file = await open(this.path, 'w', 0o600);
      try {
        await file.writeFile(Buffer.alloc(RESERVE_BYTES));
        await file.datasync();
      } finally {
        await file.close();
      }
      if (this.sign) this.log.info('the state folder can be written again, orders are taken');
      this.sign = null;
    } catch (error) {
      if (!(await this.spend(error)) && diskTrouble(error) === null)
        this.log.warn('no space could be kept back', { reason: messageOf(error) });
    }
  }
}
