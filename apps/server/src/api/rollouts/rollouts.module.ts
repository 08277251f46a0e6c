import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { RolloutControlController } from './rollout-control.controller.js';
import { DpNames } from '../distribution-points/dp-names.js';
import { RolloutHolds } from './rollout-holds.js';
import { RolloutViews } from './rollout-views.js';
import { RolloutsController } from './rollouts.controller.js';

@Module({
  imports: [EngineModule],
  controllers: [RolloutsController, RolloutControlController],
  providers: [RolloutViews, RolloutHolds, DpNames],
  exports: [RolloutViews],
})
export class RolloutsModule {}
