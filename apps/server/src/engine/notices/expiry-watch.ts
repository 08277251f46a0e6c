import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { Inject, Injectable } from '@nestjs/common';
import { expiryStage, type NewNotice, type TenantId } from '#domain';
import { ApiTokenRepository, DirectoryRepository } from '#persistence';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { Notices } from './notices.service.js';

interface Expiring {
  /** What it belongs to, such as `server` or `directory:d-1`. */
  id: string;
  name: string;
  tenant: TenantId | null;
  expiresAt: Date;
}

/**
 * Looks for API tokens and certificates that are about to expire: the server's own, those that are shown at the addresses
 * of server and gateway, and those that directories are trusted by.
 */
@Injectable()
export class ExpiryWatch {
  constructor(
    private readonly notices: Notices,
    private readonly tokens: ApiTokenRepository,
    private readonly directories: DirectoryRepository,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  async run(now: Date): Promise<void> {
    const certificates = [...(await this.served()), ...(await this.ofDirectories())];
    await this.notices.raise(
      [...(await this.tokenNotices(now)), ...certificates.flatMap((one) => certificateNotice(one, now))],
      now,
    );
  }

  private async tokenNotices(now: Date): Promise<NewNotice[]> {
    return (await this.tokens.list()).flatMap(({ id, label, tenants, expiresAt }): NewNotice[] => {
      const stage = expiresAt && expiresAt > now ? expiryStage(expiresAt, now) : null;
      if (!expiresAt || stage === null) return [];
      return [
        {
          kind: 'token-expiring',
          tenant: tenants !== 'all' && tenants.length === 1 ? (tenants[0] ?? null) : null,
          subject: `api-token:${id}`,
          occurrence: String(stage),
          facts: { token: id, label, expiresAt: expiresAt.toISOString() },
        },
      ];
    });
  }

  private async served(): Promise<Expiring[]> {
    const { TLS_CERT, PUBLIC_URL, GATEWAY_URL } = this.env;
    const own = TLS_CERT === undefined ? [] : endsIn(await readFile(TLS_CERT, 'utf8'));
    const shown = await Promise.all([PUBLIC_URL, GATEWAY_URL].map((url) => this.shownAt(url)));
    return [
      ...own.map((expiresAt) => ({ id: 'server', name: 'TLS_CERT', tenant: null, expiresAt })),
      ...shown.flat(),
    ];
  }

  /** What cannot be reached from here is left to who sees it. */
  private async shownAt(address: string): Promise<Expiring[]> {
    const url = new URL(address);
    if (url.protocol !== 'https:') return [];
    const expiresAt = await endShownAt(url, this.env.NOTIFICATION_TIMEOUT_MS);
    return expiresAt ? [{ id: url.host, name: url.host, tenant: null, expiresAt }] : [];
  }

  private async ofDirectories(): Promise<Expiring[]> {
    return (await this.directories.list('all')).flatMap(({ id, name, tenant, caPem }) =>
      endsIn(caPem ?? '').map((expiresAt) => ({ id: `directory:${id}`, name, tenant, expiresAt })),
    );
  }
}

function certificateNotice({ id, name, tenant, expiresAt }: Expiring, now: Date): NewNotice[] {
  const stage = expiryStage(expiresAt, now);
  if (stage === null) return [];
  const end = expiresAt.toISOString();
  return [
    {
      kind: 'certificate-expiring',
      tenant,
      subject: `certificate:${id}`,
      occurrence: `${end}:${stage}`,
      facts: { certificate: id, name, expiresAt: end },
    },
  ];
}

/** When the certificates of a PEM file end. */
function endsIn(pem: string): Date[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new Date(new X509Certificate(block).validTo));
}

/** When the certificate ends that an address shows, valid or not; null when there is none. */
function endShownAt(url: URL, timeoutMs: number): Promise<Date | null> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 && { servername: host }),
      // it is looked at, nothing is said over it
      rejectUnauthorized: false,
      timeout: timeoutMs,
    });
    const end = (expiresAt: Date | null): void => {
      socket.destroy();
      resolve(expiresAt);
    };
    socket.once('secureConnect', () => {
      const { valid_to: validTo } = socket.getPeerCertificate();
      end(validTo ? new Date(validTo) : null);
    });
    socket.once('error', () => end(null));
    socket.once('timeout', () => end(null));
  });
}
