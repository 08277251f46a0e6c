import { Injectable } from '@nestjs/common';
import { type SealedForServer, TARGET_SECRET_INFO } from '#domain';
import { openText, sealingKeyId, sealText } from '#sealing';
import { ServerKeys } from '../../platform/keys/server-keys.js';

/** What of a target is secret. */
type Part = 'url' | 'secret';

/**
 * Seals what is secret of a webhook, so that a copy of the database tells neither where it goes nor what it is signed
 * with. Bound to the target and the part: it opens in no other place.
 */
@Injectable()
export class TargetSecrets {
  constructor(private readonly keys: ServerKeys) {}

  seal(target: string, part: Part, text: string): SealedForServer {
    const { publicKey } = this.keys.sealing;
    const keyId = sealingKeyId(publicKey);
    return { keyId, blob: sealText(publicKey, TARGET_SECRET_INFO, { target, part, keyId }, text) };
  }

  /** Null: it was sealed to another key, or for something else. */
  open(target: string, part: Part, { keyId, blob }: SealedForServer): string | null {
    const plain = openText(this.keys.sealing.privateKey, TARGET_SECRET_INFO, { target, part, keyId }, blob);
    return plain?.toString() ?? null;
  }
}
