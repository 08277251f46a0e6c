import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** PEM files of a test server: its own CA, and a certificate from it. */
export interface Certificates {
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** A certificate for a name and an address, from a CA that is made once in the folder. */
export function certificatesFor(folder: string, name: string, address: string): Certificates {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  if (!existsSync(at('ca.pem'))) {
    openssl(
      'req',
      '-x509',
      ...NEW_KEY,
      '-days',
      '3650',
      '-subj',
      '/CN=Relaypoint test CA',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
    );
  }
  writeFileSync(
    at('extensions'),
    `subjectAltName=DNS:${name},IP:${address}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`,
  );
  openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', at('key.pem'), '-out', at('request.pem'));
  const signed = [
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-days',
    '3650',
    '-extfile',
    at('extensions'),
  ];
  openssl('x509', '-req', '-in', at('request.pem'), ...signed, '-out', at('cert.pem'));
  for (const key of ['key.pem', 'ca.key']) chmodSync(at(key), 0o600); // Samba refuses a key that others can read
  return { ca: at('ca.pem'), certificate: at('cert.pem'), key: at('key.pem') };
}
