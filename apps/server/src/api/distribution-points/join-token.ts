import { makeToken } from '#contract';
import { JOIN_TOKEN_LIFE, type DpId, type JoinToken } from '#domain';
import { randomToken, sha256 } from '#sealing';

/** A fresh join token: the text to show once, and what is stored of it. */
export function makeJoinToken(dp: DpId, now: Date): { text: string; stored: JoinToken } {
  const text = makeToken(dp, randomToken());
  const expiresAt = new Date(now.getTime() + JOIN_TOKEN_LIFE * 1000);
  return { text, stored: { hash: sha256(text), expiresAt, spentBy: null } };
}

/** What a person runs on the machine that is to become the DP (docs/dp-protocol.md). */
export function joinCommand(gatewayUrl: string, token: string, serverFingerprint: string): string {
  return `relaypoint-dp join --gateway ${gatewayUrl} --token ${token} --server-key ${serverFingerprint}`;
}
