import { Inject, Injectable } from '@nestjs/common';
import { AgentBundlesService } from '../../engine/agent-bundles/agent-bundles.service.js';
import { SERVER_ENV, type ServerEnv } from '../../platform/config/server-env.js';
import { ServerKeys } from '../../platform/keys/server-keys.js';
import type { InstallPlaces } from './join-token.js';

/** Where DPs are installed from, as this installation is set up. */
@Injectable()
export class InstallPlacesService {
  constructor(
    private readonly keys: ServerKeys,
    private readonly bundles: AgentBundlesService,
    @Inject(SERVER_ENV) private readonly env: ServerEnv,
  ) {}

  async get(): Promise<InstallPlaces> {
    return {
      gatewayUrl: this.env.GATEWAY_URL,
      serverKey: this.keys.fingerprint,
      image: this.env.DP_IMAGE,
      hasBundle: (await this.bundles.versions()).length > 0,
    };
  }
}
