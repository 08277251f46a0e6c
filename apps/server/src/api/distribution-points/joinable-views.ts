import { Injectable } from '@nestjs/common';
import type { Caller } from '#domain';
import type { Language } from '#texts';
import type { Plain } from '../../platform/http/plain.js';
import type { JoinableDistributionPointDto } from './distribution-point.dto.js';
import type { Joinable } from './distribution-points.service.js';
import { DpViews } from './dp-views.js';
import { InstallPlacesService } from './install-places.service.js';
import { installLines, joinCommand } from './join-token.js';

/** What is in one answer and never again. */
export const SHOWN_ONCE = ['joinToken', 'joinCommand', 'installLines', 'joinTokenExpiresAt'];

/** Distribution points with what a machine needs to join. */
@Injectable()
export class JoinableViews {
  constructor(
    private readonly views: DpViews,
    private readonly places: InstallPlacesService,
  ) {}

  async show(
    caller: Caller,
    { dp, token }: Joinable,
    language: Language,
  ): Promise<Plain<JoinableDistributionPointDto>> {
    const places = await this.places.get();
    return {
      ...(await this.views.one(caller.tenants, dp, language)),
      joinToken: token,
      joinCommand: joinCommand(places.gatewayUrl, token, places.serverKey),
      installLines: installLines(places, `--token ${token}`),
      ...(dp.joinToken && { joinTokenExpiresAt: dp.joinToken.expiresAt.toISOString() }),
    };
  }
}
