import { renameSync } from 'node:fs';
import { run } from './programs.ts';

/** What releases are signed with. All are paths: a secret on a command line could be read by every process. */
export interface Signing {
  /** PEM, the signing certificate first, then those up to the root. */
  readonly certificates: string;
  /** PEM, usually encrypted. */
  readonly key: string;
  /** Holds the key's password in its first line. */
  readonly passwordFile?: string;
  /** Address of an RFC 3161 time stamp authority: with one, signatures outlive the certificate. */
  readonly timestamp?: string;
}

type Given = Readonly<Record<string, string | undefined>>;

/**
 * The signing that was asked for, undefined for none.
 *
 * @param options by their names on the command line
 * @throws Error when a part is missing
 */
export function signingOf(options: Given, environment: Given): Signing | undefined {
  const value = (option: string, variable: string) => options[option] ?? (environment[variable] || undefined);
  const certificates = value('sign-certificates', 'RELAYPOINT_SIGN_CERTIFICATES');
  const key = value('sign-key', 'RELAYPOINT_SIGN_KEY');
  const passwordFile = value('sign-password-file', 'RELAYPOINT_SIGN_PASSWORD_FILE');
  const timestamp = value('sign-timestamp', 'RELAYPOINT_SIGN_TIMESTAMP');
  if (certificates === undefined && key === undefined && passwordFile === undefined) return undefined;
  if (certificates === undefined || key === undefined) {
    throw new Error('signing needs both --sign-certificates and --sign-key (PEM files)');
  }
  return { certificates, key, passwordFile, timestamp };
}

/** Signs a program or an MSI in its place, by Authenticode. */
export async function sign(file: string, signing: Signing): Promise<void> {
  const signed = `${file}.signed`;
  const password = signing.passwordFile === undefined ? [] : ['-readpass', signing.passwordFile];
  const timestamp = signing.timestamp === undefined ? [] : ['-ts', signing.timestamp];
  const by = ['-certs', signing.certificates, '-key', signing.key, ...password, ...timestamp];
  const what = ['-n', 'Relaypoint Client', '-in', file, '-out', signed];
  await run('osslsigncode', ['sign', '-h', 'sha256', ...by, ...what]);
  renameSync(signed, file);
}
