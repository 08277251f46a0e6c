import { type ReleaseFileAnswer, releaseFileCall, type ReleaseFileCall, RPC } from '#contract';
import { Content, HandleCall, QueueController } from '#messaging';
import { ReleaseFilesService } from './release-files.service.js';

/** What gateways ask about release files. */
@QueueController()
export class ReleaseFilesRpc {
  constructor(private readonly files: ReleaseFilesService) {}

  @HandleCall(RPC.releaseFile)
  permit(@Content(releaseFileCall) call: ReleaseFileCall): Promise<ReleaseFileAnswer> {
    return this.files.permit(call, new Date());
  }
}
