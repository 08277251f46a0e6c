import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SERVER_DP } from '#domain';
import { OrderQueues } from '#messaging';
import { DistributionPointRepository } from '#persistence';

/** The DP beside the server exists from the first start on; its agent joins like any other (R4). */
@Injectable()
export class ServerDp implements OnApplicationBootstrap {
  private readonly log = new Logger(ServerDp.name);

  constructor(
    private readonly dps: DistributionPointRepository,
    private readonly queues: OrderQueues,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const made = await this.dps.insert({
      id: SERVER_DP,
      tenant: null,
      name: 'Server DP',
      state: 'created',
      keys: null,
      joinToken: null,
      agent: null,
      lastSeen: null,
      createdAt: new Date(),
      revision: 0,
    });
    if (made) this.log.log('server DP made; it waits for its agent to join');
    await this.queues
      .declare(SERVER_DP)
      .catch((error: unknown) => this.log.warn(error, 'its queue is not declared yet'));
  }
}
