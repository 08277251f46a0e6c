import type { AccountSecret } from '#sealing';
import type { Fitting, HostFacts, RunState } from './host-facts.js';

/** What is seen of a run: how it stands, the last of its output, and what the computer said of itself afterwards. */
export interface RunReport {
  readonly state: RunState;
  readonly log: string;
  readonly facts?: Readonly<Record<string, string>>;
}

/**
 * What can be done on a computer, for one order, by somebody with administrative rights there. How it is done differs between
 * systems; what it means does not: an attempt is prepared, made visible under its name, started once, and found again by
 * that name by whoever asks, over another connection or from another process.
 *
 * Everything here throws ConnectionLost when its end was not seen, and StepFailed when the computer refused it.
 */
export interface RemoteComputer {
  /** Account in use, for redaction; null where there is none. */
  readonly secret: AccountSecret | null;
  /** What was learned while connecting, such as the host key. */
  readonly facts: Readonly<Record<string, string>>;
  /** Looks at the computer; changes nothing. */
  look(): Promise<HostFacts>;
  /** Brings a verified release file there, beside the attempt's place: nothing can be started from it yet. */
  stage(fitting: Fitting, path: string): Promise<void>;
  /** Starts the installer of what was staged; an attempt that is there already is left as it is. */
  start(fitting: Fitting): Promise<void>;
  /** Waits some seconds for the end of an attempt's run. Repeating it does no harm. */
  wait(attempt: number, seconds: number): Promise<RunReport>;
  /** Ends an attempt's run, unless it has ended. Repeating it does no harm. */
  end(attempt: number): Promise<RunReport>;
  /** Removes what the order's attempts left, but for how they ended. Repeating it does no harm. */
  clean(): Promise<void>;
  /** Removes what was prepared for this attempt and never started. Repeating it does no harm. */
  discard(): Promise<void>;
  /**
   * Makes ready what {@link restart} starts; until then nothing happens.
   *
   * @throws StepFailed where the computer cannot be restarted
   */
  prepareRestart(): Promise<void>;
  /** Restarts the computer; it answers no more soon after. */
  restart(): Promise<void>;
  /** Removes the client. Where that is a run of its own it is `running` then, and is waited for. */
  uninstall(): Promise<RunReport>;
  /**
   * The way in anew, after the connection was lost; the same account as before.
   *
   * @throws StepFailed
   */
  reconnect(): Promise<void>;
  close(): void;
}
