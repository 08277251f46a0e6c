import type { AccountSecret } from '#sealing';
import type { NativeSign } from '../../failures/failure.js';

/** A file or folder as a listing tells it. */
export interface Entry {
  readonly name: string;
  readonly isFolder: boolean;
  /** Bytes. */
  readonly size: number;
}

/** Of a service; `absent`: there is none of that name. `other` runs in some way: it starts, stops or pauses. */
export type ServiceState = 'absent' | 'stopped' | 'running' | 'other';

/** What came of asking for a service's start: what the service manager said when it refused it or lost patience. */
export type StartAnswer = { readonly ok: true } | { readonly ok: false; readonly said: NativeSign };

/**
 * What a way to a Windows computer has to offer for a push. Paths are relative to the folder of Windows (`%SystemRoot%`, the
 * share ADMIN$), with backslashes.
 *
 * Everything throws ConnectionLost when its end was not seen, and StepFailed with what the computer said.
 */
export interface WindowsDoor {
  /** How native signs name it. */
  readonly system: string;
  /** Entries whose name fits, `*` standing for anything; none where the folder above is missing. */
  list(mask: string): Promise<Entry[]>;
  /** Free space where Windows is, KiB; null when it could not be told. */
  freeKiB(): Promise<number | null>;
  /** Makes a folder; one that is there already is fine. */
  makeFolder(path: string): Promise<void>;
  /** Leaves a folder, and what will be made in it, to Administrators and SYSTEM alone. */
  protect(path: string): Promise<void>;
  put(path: string, content: Buffer | { readonly file: string }): Promise<void>;
  /** The last bytes of a file, at most so many; null when it is not there. */
  get(path: string, most: number): Promise<Buffer | null>;
  /** A file of the system drive, empty when it is not there; null when that drive is not shared with this account. */
  getFromDrive(path: string, most: number): Promise<Buffer | null>;
  /** False when there is nothing of the first name, or something of the second already. */
  rename(from: string, to: string): Promise<boolean>;
  /** Removes a file, or a folder with everything in it; what is not there is fine. */
  remove(path: string): Promise<void>;
  /** Makes a service that is started on demand; false when there is one of that name. */
  createService(name: string, command: string): Promise<boolean>;
  startService(name: string): Promise<StartAnswer>;
  /** Asks a service to end; one that does not run is fine. */
  stopService(name: string): Promise<void>;
  serviceState(name: string): Promise<ServiceState>;
  /** Removes a service; one that is not there is fine. */
  deleteService(name: string): Promise<void>;
  close(): void;
}

/** A door that was opened, and by whom. */
export interface OpenDoor {
  readonly door: WindowsDoor;
  readonly secret: AccountSecret;
  readonly facts: Readonly<Record<string, string>>;
  /** The same way in once more. @throws StepFailed */
  reopen(): Promise<OpenDoor>;
}
