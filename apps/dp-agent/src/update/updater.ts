import type { AgentInfo, PollAnswer, PollRequest } from '#contract';
import { type Log, messageOf } from '../base/log.js';
import type { UnverifiedPollAnswer } from '../protocol/wire.js';
import type { Launch } from './launch.js';
import { nextStep, type UpdateFailure, type UpdateFault } from './update-decision.js';
import { UpdateFailed, type VersionFetcher } from './version-fetcher.js';
import type { VersionsFolder } from './versions-folder.js';

type Told = NonNullable<AgentInfo['update']>;

export interface UpdaterParts {
  readonly versions: VersionsFolder;
  readonly fetcher: Pick<VersionFetcher, 'bring'>;
  readonly launch: Launch;
  /** The version of this process. */
  readonly running: string;
  /** Orders that are not done. */
  readonly busy: () => number;
  readonly log: Log;
  readonly now: () => number;
  /** There is something to tell. */
  readonly onNews: () => void;
  /** This process is to end, for another version to be started. */
  readonly onSwitch: () => void;
}

/** Part of the launcher's patience after which a version on trial gives itself up, because it knows why. */
const OWN_PATIENCE = 0.6;

/**
 * Brings the agent to the version that polls' answers want (docs/install-dp.md, "Self-update"). No order is interrupted: it
 * takes no more of them once the other version is there, and ends when a poll that took none finds none under way.
 */
export class Updater {
  private wanted: PollAnswer['update'];
  private ready: string | null = null;
  private told: Told | undefined;
  private bringing: Promise<void> | null = null;
  private failures: Record<string, UpdateFailure> = {};
  private onTrial: boolean;
  private isSwitching = false;
  private trouble = 'no answer of the gateway';
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: UpdaterParts) {
    this.onTrial = parts.launch.trial !== null;
  }

  /** To be called before the first poll. */
  async start(): Promise<void> {
    const { versions, launch, running, log, now } = this.parts;
    try {
      if (launch.trial !== null) {
        const patience = launch.trial * OWN_PATIENCE * 1000;
        this.timer = setTimeout(() => void this.giveUp(), patience);
        log.info('this version is on trial until the gateway has answered it', { version: running });
        return;
      }
      // markers are between an agent and its launcher
      if (launch.base === null) return;
      await versions.settle(running, new Date(now()));
      this.failures = { ...(await versions.failures()) };
      await versions.tidy(running);
    } catch (error) {
      log.warn('versions of the agent could not be looked at', { reason: messageOf(error) });
    }
  }

  stop(): void {
    clearTimeout(this.timer);
  }

  /** False: no order may be taken, because another version is about to be started, or this one is on trial. */
  get takesOrders(): boolean {
    return !this.onTrial && !this.isSwitching;
  }

  /** What becomes of the version that is wanted; undefined for gateways that have not asked. */
  get info(): Told | undefined {
    return this.wanted === undefined ? undefined : this.told;
  }

  /** A poll was not answered as it should be. A gateway that refuses its form may be an older one. */
  refused(status: number | undefined, reason: string): void {
    this.trouble = reason;
    if (status !== 400) return;
    this.wanted = undefined;
    this.isSwitching = false;
  }

  /**
   * The gateway has answered a poll: a version on trial has shown what it can. To be called before anything is taken from the
   * answer.
   */
  async prove(): Promise<void> {
    if (!this.onTrial) return;
    clearTimeout(this.timer);
    const { versions, running, log } = this.parts;
    try {
      await versions.keep(running);
    } catch (error) {
      this.trouble = `it could not be noted that it works: ${messageOf(error)}`;
      await this.giveUp();
      return;
    }
    this.onTrial = false;
    log.info('this version has proved itself', { version: running });
  }

  /** To be called once the orders of an answer are in the journal. */
  async heard(
    answer: Pick<UnverifiedPollAnswer, 'update' | 'orders'>,
    request: Pick<PollRequest, 'max'>,
  ): Promise<void> {
    if (this.onTrial) return;
    const { versions, running, launch, busy, log, now } = this.parts;
    this.wanted = answer.update;
    // who takes the wish back and has it again wants it tried at once
    if (answer.update === null && Object.keys(this.failures).length > 0) {
      this.failures = {};
      await versions.forget().catch((error: unknown) => this.warn(error));
    }
    const version = answer.update?.version ?? '';
    const failure = this.failures[version];
    const step = nextStep({
      wanted: answer.update,
      running,
      hasLauncher: launch.base !== null,
      ready: this.ready,
      failure,
      now: now(),
    });
    this.isSwitching = step === 'switch';
    switch (step) {
      case 'stay':
        this.told = undefined;
        return;
      case 'refuse':
        this.tellOnce(
          version,
          'NO_LAUNCHER',
          'it was not started by the relaypoint-dp of dp.sh or of the Debian package',
        );
        return;
      case 'hold-off':
        if (failure) this.told = failed(version, failure);
        return;
      case 'fetch':
        this.bringing ??= this.bring(version).finally(() => (this.bringing = null));
        return;
      case 'switch':
        // what this answer was asked for could bring no order, and nothing of earlier ones is left
        if (request.max > 0 || answer.orders.length > 0 || busy() > 0) return;
        log.info('another version of the agent is started', { version, before: running });
        this.parts.onSwitch();
    }
  }

  /** The last thing that this process does: from now on the launcher tries the other version. */
  async handOver(): Promise<void> {
    if (!this.isSwitching || this.ready === null) return;
    // without the marker the launcher starts this version again, and it tries once more
    await this.parts.versions.try(this.ready).catch((error: unknown) => this.warn(error));
  }

  private async bring(version: string): Promise<void> {
    const { versions, running, fetcher, log, now, onNews } = this.parts;
    const at = (): string => new Date(now()).toISOString();
    this.told = { version, state: 'fetching', code: null, text: null, at: at() };
    log.info('another version of the agent is fetched', { version });
    // what was ready before goes as well
    this.ready = null;
    await versions.tidy(running, version).catch((error: unknown) => this.warn(error));
    try {
      await fetcher.bring(version);
      this.ready = version;
      this.told = { version, state: 'waiting', code: null, text: null, at: at() };
    } catch (error) {
      const code = error instanceof UpdateFailed ? error.code : 'UNPACK_FAILED';
      await this.fail(version, code, messageOf(error));
    }
    onNews();
  }

  private async fail(version: string, code: UpdateFault, text: string): Promise<void> {
    const { versions, log, now } = this.parts;
    log.error('the other version of the agent does not come to run', { version, code, reason: text });
    const before = this.failures[version]?.count ?? 0;
    let failure: UpdateFailure = {
      code,
      text: text.slice(0, 400),
      at: new Date(now()).toISOString(),
      count: before + 1,
    };
    try {
      failure = await versions.note(version, code, text, new Date(now()));
    } catch (error) {
      // a full disk, maybe: then it is remembered as long as this process is there
      this.warn(error);
    }
    this.failures[version] = failure;
    this.told = failed(version, failure);
  }

  private tellOnce(version: string, code: UpdateFault, text: string): void {
    if (this.told?.version === version && this.told.code === code) return;
    const at = new Date(this.parts.now()).toISOString();
    this.told = failed(version, { code, text, at, count: 1 });
  }

  /** This version, on trial, goes back to the one before. */
  private async giveUp(): Promise<void> {
    const { versions, running, log, onSwitch } = this.parts;
    log.error('this version gives itself up', { version: running, reason: this.trouble });
    await versions
      .giveUp(running, 'NO_POLL', `no poll was answered: ${this.trouble}`)
      .catch((error: unknown) => this.warn(error));
    onSwitch();
  }

  private warn(error: unknown): void {
    this.parts.log.warn('what became of a version could not be noted', { reason: messageOf(error) });
  }
}

function failed(version: string, { code, text, at }: UpdateFailure): Told {
  return { version, state: 'failed', code, text, at };
}
