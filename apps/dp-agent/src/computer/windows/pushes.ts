import { pause } from '../../base/backoff.js';
import type { RunState } from '../host-facts.js';
import type { RunReport } from '../remote-computer.js';
import type { WindowsDoor } from './door.js';
import { readPushResult } from './push-files.js';

/** Below the folder of Windows; Administrators' and SYSTEM's alone. */
export const BASE = 'Relaypoint';
/** As the client's package installs it; below the drive of Windows. */
export const CLIENT = 'Program Files\\Relaypoint Client';
/** Seconds for what ought to take a moment: the first word of a push, its end after it was asked to. */
export const SOON = 30;
const PREFIX = 'RelaypointPush-';
const RESULT_MOST = 64 * 1024;
const LOG_BYTES = 16 * 1024;
/** Seconds for a service to end by itself, half of them before it is asked to. */
const END_WITHIN = 30;

/** What a computer holds of an order's attempts: a folder and a service each, of the same name. */
export class Pushes {
  /** @param order its id, with a word behind it for what is not its main work */
  constructor(
    private readonly order: string,
    private readonly door: () => WindowsDoor,
  ) {}

  /** What the push program is told to find its folder by. */
  keyOf(attempt: number): string {
    return `${this.order}-${attempt}`;
  }

  nameOf(attempt: number): string {
    return `${PREFIX}${this.keyOf(attempt)}`;
  }

  folder(attempt: number): string {
    return `${BASE}\\${this.nameOf(attempt)}`;
  }

  /** Numbers of the order's attempts whose folders were never completed. */
  unfinished(): Promise<number[]> {
    return this.numbered('.new');
  }

  /** Numbers of the order's attempts whose folders are complete. */
  attempts(): Promise<number[]> {
    return this.numbered('');
  }

  private async numbered(ending: '' | '.new'): Promise<number[]> {
    const start = `${PREFIX}${this.order}-`;
    return (await this.door().list(`${BASE}\\${start}*${ending}`)).flatMap(({ name }) => {
      const number = name.slice(start.length, ending === '' ? undefined : -ending.length);
      return name.endsWith(ending) && /^\d{1,9}$/.test(number) ? [Number(number)] : [];
    });
  }

  /** How an attempt stands; null when its folder is there, and nothing was ever started from it. */
  async stateOf(attempt: number): Promise<RunState | null> {
    const before = await this.result(attempt);
    if (before) return before.state;
    const service = await this.door().serviceState(this.nameOf(attempt));
    if (service === 'running' || service === 'other') return { is: 'running' };
    // it may have ended between the two looks
    const after = await this.result(attempt);
    if (after) return after.state;
    // a virus scanner may hold it for a moment
    if (await this.hasFile(attempt, 'result.json')) return { is: 'running' };
    return (await this.hasFile(attempt, 'started')) ? { is: 'dead' } : null;
  }

  async result(attempt: number): Promise<RunReport | null> {
    const bytes = await this.door().get(`${this.folder(attempt)}\\result.json`, RESULT_MOST);
    const result = bytes && readPushResult(bytes.toString());
    if (!result) return null;
    const log = [await this.log(attempt), result.text].filter((text) => text !== '').join('\n');
    return { state: result.state, log, facts: result.facts };
  }

  async log(attempt: number): Promise<string> {
    const bytes = await this.door().get(`${this.folder(attempt)}\\output.log`, LOG_BYTES);
    return bytes?.toString() ?? '';
  }

  async hasFile(attempt: number, name: string): Promise<boolean> {
    return (await this.door().list(`${this.folder(attempt)}\\${name}`)).length > 0;
  }

  /** Removes a service once it has ended; one that does not end is asked to. */
  async removeService(attempt: number): Promise<void> {
    const name = this.nameOf(attempt);
    for (let left = END_WITHIN; left > 0; left -= 1) {
      const state = await this.door().serviceState(name);
      if (state === 'absent') return;
      if (state === 'stopped') break;
      if (left <= END_WITHIN / 2) await this.door().stopService(name);
      await pause(1, NEVER);
    }
    await this.door().deleteService(name);
  }
}

const NEVER = new AbortController().signal;
