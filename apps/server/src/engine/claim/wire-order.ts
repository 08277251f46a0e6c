import type { SealedAccount, WireOrder, WireRelease } from '#contract';
import {
  nextOnRoute,
  type Account,
  type ClientRelease,
  type Computer,
  type InstallOrder,
  type Settings,
} from '#domain';

/** Method kinds the server allows; the agent takes the first of its own that is among them and fits the computer. */
const METHOD_KINDS = ['ssh', 'smb', 'command', 'local'] as const;

/** Seconds a computer has to answer when another DP can try after this one. */
const DIRECT_REACH = 5;

export interface WireParts {
  order: InstallOrder;
  /** The trace of this hand-over; absent: there is none. */
  traceparent?: string | undefined;
  computer: Computer;
  release: ClientRelease | null;
  /** Accounts of the tenant for this DP, in the order they are to be tried. */
  accounts: readonly Account[];
  /** Which of the DP's sealing keys is in use; secrets sealed to an older one are left out. */
  keyId: string;
  /** Whether the DP holds accounts of its own (R6). */
  hasLocalAccounts: boolean;
  settings: Settings;
  registration: { url: string; token: string };
  now: Date;
}

/**
 * An order as its DP gets it (docs/dp-protocol.md). Null when the order holds no lease, or nothing to log in with: its
 * accounts were braked or the DP's keys changed since it was claimed. Its lease lapses then, and the gate says why it waits.
 */
export function wireOrder(parts: WireParts): WireOrder | null {
  const { order, computer, settings, traceparent, now } = parts;
  if (!order.lease) return null;
  const accounts = [...sealedFor(parts), ...(parts.hasLocalAccounts ? [{ local: true as const }] : [])];
  if (accounts.length === 0 && order.kind !== 'probe') return null;
  const installs = order.kind === 'install-client' || order.kind === 'reinstall';
  return {
    order: order.id,
    dp: order.dp,
    attempt: order.round,
    fence: order.lease.fence,
    leaseUntil: order.lease.until.toISOString(),
    kind: order.kind,
    computer: {
      name: computer.name,
      hostName: computer.hostName,
      fqdn: computer.fqdn,
      address: computer.address,
      ...(computer.inventory.os !== null && { os: computer.inventory.os }),
    },
    release: parts.release && wireRelease(parts.release),
    accounts,
    registration: installs ? parts.registration : null,
    method: {
      kinds: [...METHOD_KINDS],
      port: settings.sshPort,
      hostKey: { policy: settings.hostKeyPolicy, known: null },
      // Somebody else can try when this DP cannot reach it (R11).
      ...(nextOnRoute(order) && { reachTimeout: DIRECT_REACH }),
    },
    restart: 'never',
    deadline: new Date(now.getTime() + settings.installTimeout * 1000).toISOString(),
    // A DP that asks again for what it has accepted may have lost its journal, with what it began
    verify: order.verify || order.acceptedRound === order.round,
    ...(order.correlation && { correlation: order.correlation }),
    ...(traceparent && { traceparent }),
  };
}

function sealedFor({ accounts, order, keyId }: WireParts): SealedAccount[] {
  return accounts.flatMap((account) => {
    const secret = account.sealed.find((s) => s.recipient === order.dp && s.keyId === keyId);
    return secret ? [{ account: account.id, keyId: secret.keyId, sealed: secret.blob }] : [];
  });
}

function wireRelease(release: ClientRelease): WireRelease {
  const version = encodeURIComponent(release.version);
  return {
    version: release.version,
    files: release.files.map((file) => ({
      platform: file.platform,
      name: file.name,
      url: `/dp/v1/releases/${version}/files/${encodeURIComponent(file.name)}`,
      size: file.size,
      sha256: file.sha256,
    })),
    platforms: Object.fromEntries(
      Object.entries(release.platforms).map(([platform, p]) => [
        platform,
        {
          install: p.install,
          args: [...p.args],
          successCodes: [...p.successCodes],
          restartCodes: [...p.restartCodes],
        },
      ]),
    ),
  };
}
