import { makeToken } from '#contract';
import { JOIN_TOKEN_LIFE, type DpId, type JoinToken } from '#domain';
import { randomToken, sha256 } from '#sealing';

/** A fresh join token: the text to show once, and what is stored of it. */
export function makeJoinToken(dp: DpId, now: Date): { text: string; stored: JoinToken } {
  const text = makeToken(dp, randomToken());
  const expiresAt = new Date(now.getTime() + JOIN_TOKEN_LIFE * 1000);
  return { text, stored: { hash: sha256(text), expiresAt, spentBy: null } };
}

/** Where a DP can be put, and with it how it is set up. */
export const INSTALL_PLATFORMS = ['linux', 'debian', 'container', 'installed'] as const;

/** One line to be pasted on the machine that is to become a DP. */
export interface InstallLine {
  platform: (typeof INSTALL_PLATFORMS)[number];
  command: string;
}

/** What the lines are made of. */
export interface InstallPlaces {
  gatewayUrl: string;
  /** Fingerprint of the key that the machine is to trust. */
  serverKey: string;
  /** Container image with the agent. */
  image: string;
  /** Whether the gateway has the agent's program to hand out. */
  hasBundle: boolean;
}

/** What a person runs on a machine that has the agent already (docs/dp-protocol.md). */
export function joinCommand(gatewayUrl: string, token: string, serverFingerprint: string): string {
  return `relaypoint-dp join --gateway ${gatewayUrl} --token ${token} --server-key ${serverFingerprint}`;
}

/**
 * The lines of which one installs, joins and starts a DP (docs/install-dp.md).
 *
 * @param secret `--token TOKEN` or `--key KEY`
 */
export function installLines(
  { gatewayUrl, serverKey, image, hasBundle }: InstallPlaces,
  secret: string,
): InstallLine[] {
  const join = `--gateway ${gatewayUrl} ${secret} --server-key ${serverKey}`;
  const script = `curl -fsSL ${gatewayUrl}/install/dp.sh | sudo sh -s -- ${join}`;
  const container = `-v relaypoint-dp:/var/lib/relaypoint ${image} dist/apps/dp-agent/src/main.js`;
  const kept = '--state /var/lib/relaypoint';
  return [
    ...(hasBundle
      ? [
          { platform: 'linux', command: script } as const,
          { platform: 'debian', command: `${script} --deb` } as const,
        ]
      : []),
    {
      platform: 'container',
      command:
        `docker run --rm ${container} join ${join} ${kept} && docker run -d --name relaypoint-dp --init ` +
        `--restart unless-stopped --read-only --tmpfs /tmp --cap-drop ALL ${container} run ${kept}`,
    },
    { platform: 'installed', command: `relaypoint-dp join ${join}` },
  ];
}
