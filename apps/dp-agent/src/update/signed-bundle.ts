import type { KeyObject } from 'node:crypto';
import { type AgentBundle, parseAgentBundle, splitAgentBundle } from '#contract';
import { publicKeyFromText, sameFingerprint, serverKeyFingerprint, verifyText } from '#sealing';

/** A manifest that is not to be trusted; the message says why. */
export class BadBundle extends Error {
  override readonly name = 'BadBundle';
}

/**
 * Reads the signed manifest of a version of the agent.
 *
 * @param trusted the server's key, or its fingerprint as the join command carries it
 * @throws BadBundle unless the manifest is signed by that key
 */
export function readSignedBundle(text: string, trusted: KeyObject | string): AgentBundle {
  const parts = splitAgentBundle(text);
  if (!parts) throw new BadBundle('this is no manifest of a gateway');
  const key = publicKeyFromText('ed25519', parts.key);
  const wanted = typeof trusted === 'string' ? trusted : serverKeyFingerprint(trusted);
  if (!key || !sameFingerprint(serverKeyFingerprint(key), wanted)) {
    const shown = key ? serverKeyFingerprint(key) : 'no key';
    throw new BadBundle(
      `the manifest is signed by another key (${shown}) than this DP trusts (${wanted}); if that stays so, somebody is in between`,
    );
  }
  if (!verifyText(key, parts.body, parts.signature))
    throw new BadBundle("the manifest's signature is wrong: it was changed on the way");
  const bundle = parseAgentBundle(parts.body);
  if (!bundle) throw new BadBundle('the manifest is of a form that this agent does not know');
  return bundle;
}
