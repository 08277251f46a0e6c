import {
  type AgentBundleAnswer,
  agentBundleCall,
  type AgentBundleCall,
  type AgentFileAnswer,
  agentFileCall,
  type AgentFileCall,
  RPC,
} from '#contract';
import { Content, HandleCall, QueueController } from '#messaging';
import { currentTime } from '#runtime';
import { AgentBundlesService } from './agent-bundles.service.js';

/** What gateways ask about the agent's own program. */
@QueueController()
export class AgentBundlesRpc {
  constructor(private readonly bundles: AgentBundlesService) {}

  @HandleCall(RPC.agentBundle)
  bundle(@Content(agentBundleCall) call: AgentBundleCall): Promise<AgentBundleAnswer> {
    return this.bundles.signed(call.version);
  }

  @HandleCall(RPC.agentFile)
  permit(@Content(agentFileCall) call: AgentFileCall): Promise<AgentFileAnswer> {
    return this.bundles.permit(call.file, currentTime());
  }
}
