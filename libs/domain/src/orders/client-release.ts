import type { ReleaseVersion } from '../base/ids.js';

export const RELEASE_STATES = ['draft', 'published', 'withdrawn'] as const;
export type ReleaseState = (typeof RELEASE_STATES)[number];

/** How a release is installed on one platform, and what its exit codes mean. */
export interface InstallInstruction {
  /** Program to run in the unpacked release, such as `./install.sh`. */
  install: string;
  args: readonly string[];
  successCodes: readonly number[];
  /** Exit codes of success that make a restart due. */
  restartCodes: readonly number[];
}

export interface ReleaseFile {
  platform: string;
  name: string;
  /** Bytes. */
  size: number;
  /** Lower-case hex. */
  sha256: string;
  /** Where the store keeps the bytes. */
  blob: string;
}

/** One version of the management client. */
export interface ClientRelease {
  version: ReleaseVersion;
  state: ReleaseState;
  /** The one that is installed when a release names none. */
  default: boolean;
  platforms: Readonly<Record<string, InstallInstruction>>;
  files: readonly ReleaseFile[];
  createdAt: Date;
  revision: number;
}
