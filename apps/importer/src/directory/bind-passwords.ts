import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DIRECTORY_PASSWORD_INFO, passwordBinding, type Directory } from '#domain';
import { loadOrCreateKeyFile, openText, publicKeyText, sealingKeyId, type KeyPair } from '#sealing';
import { keyFile } from '../config/importer-env.js';
import { ImportFailure } from '../runs/import-failure.js';

/** The importers' sealing key: the server seals bind passwords to it, and nobody else can open them. */
@Injectable()
export class BindPasswords implements OnModuleInit {
  private pair: KeyPair | undefined;

  async onModuleInit(): Promise<void> {
    await this.keys();
  }

  /** Raw X25519 public key, base64url. */
  async key(): Promise<string> {
    return publicKeyText((await this.keys()).publicKey);
  }

  /** @throws ImportFailure PASSWORD_UNREADABLE */
  async open(directory: Directory): Promise<string> {
    const { privateKey, publicKey } = await this.keys();
    const keyId = sealingKeyId(publicKey);
    const { sealedPassword } = directory;
    const binding = passwordBinding(directory, keyId);
    const plain =
      sealedPassword.keyId === keyId
        ? openText(privateKey, DIRECTORY_PASSWORD_INFO, binding, sealedPassword.blob)
        : null;
    if (!plain) {
      throw new ImportFailure('PASSWORD_UNREADABLE', 'directory.passwordUnreadable');
    }
    const password = plain.toString();
    plain.fill(0);
    return password;
  }

  private async keys(): Promise<KeyPair> {
    if (!this.pair) {
      await mkdir(dirname(keyFile()), { recursive: true, mode: 0o700 });
      this.pair = await loadOrCreateKeyFile(keyFile(), 'x25519');
    }
    return this.pair;
  }
}
