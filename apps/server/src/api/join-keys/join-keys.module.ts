import { Module } from '@nestjs/common';
import { DistributionPointsModule } from '../distribution-points/distribution-points.module.js';
import { JoinKeysController } from './join-keys.controller.js';
import { JoinKeysService } from './join-keys.service.js';

@Module({
  imports: [DistributionPointsModule],
  controllers: [JoinKeysController],
  providers: [JoinKeysService],
})
export class JoinKeysModule {}
