import { Inject, Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { UserRepository } from '#persistence';
import { newId } from '#runtime';
import { randomToken } from '#sealing';
import { SERVER_ENV, type ServerEnv } from '../config/server-env.js';
import { hashPassword } from './passwords.js';

const PASSWORD_LENGTH = 20;

/** Makes the first user at the first start: an owner, with the given password or one that is printed once. */
@Injectable()
export class FirstAdmin implements OnApplicationBootstrap {
  private readonly log = new Logger(FirstAdmin.name);

  constructor(
    private readonly users: UserRepository,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (await this.users.any()) return;
    const { ADMIN_USER, ADMIN_PASSWORD } = this.env;
    const password = ADMIN_PASSWORD ?? randomToken().slice(0, PASSWORD_LENGTH);
    const made = await this.users.insert({
      id: newId(),
      name: ADMIN_USER,
      passwordHash: await hashPassword(password),
      role: 'owner',
      tenants: 'all',
      createdAt: new Date(),
      revision: 0,
    });
    // Another server that starts at the same time may have been faster; then its password counts.
    if (!made) return;
    this.log.log(`first user ${ADMIN_USER} made`);
    if (ADMIN_PASSWORD === undefined) {
      process.stdout.write(
        `Relaypoint: log in as ${ADMIN_USER} with the password ${password} (shown this once)\n`,
      );
    }
  }
}
