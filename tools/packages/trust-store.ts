import { X509Certificate, createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { getCACertificates } from 'node:tls';

/** Java's own default, known to everybody: the file holds no secrets. */
const PASSWORD = 'changeit';

/**
 * Writes a Java trust store with the certificates that Node trusts: its own, the system's and those of
 * NODE_EXTRA_CA_CERTS. On a Debian system the script of ca-certificates-java makes that file.
 */
export function writeTrustStore(path: string): void {
  const certificates = new Map(
    [...getCACertificates('default'), ...ofTheSystem()].map((pem) => {
      const { raw, fingerprint256 } = new X509Certificate(pem);
      return [fingerprint256, raw] as const;
    }),
  );
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, trustStore([...certificates.values()]));
}

/** A bare system has none, and OpenSSL complains about that on the terminal. */
function ofTheSystem(): string[] {
  return existsSync('/etc/ssl/certs') ? getCACertificates('system') : [];
}

/**
 * A key store of the format JKS with trusted certificates alone: the format is described in OpenJDK's
 * sun.security.provider.JavaKeyStore (magic, version 2, entries, and a SHA-1 over a salt, the password and all of it).
 */
export function trustStore(certificates: readonly Buffer[]): Buffer {
  const int = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([int(bytes.length).subarray(2), bytes]);
  };
  const entries = certificates.flatMap((certificate, index) => [
    int(2), // a trusted certificate
    text(`relaypoint-${index}`),
    Buffer.alloc(8), // when it was added: 1970
    text('X.509'),
    int(certificate.length),
    certificate,
  ]);
  const content = Buffer.concat([int(0xfeedfeed), int(2), int(certificates.length), ...entries]);
  const password = Buffer.from(PASSWORD, 'utf16le').swap16();
  const digest = createHash('sha1').update(password).update('Mighty Aphrodite').update(content).digest();
  return Buffer.concat([content, digest]);
}
