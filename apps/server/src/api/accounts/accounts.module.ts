import { Module } from '@nestjs/common';
import { EngineModule } from '../../engine/engine.module.js';
import { AccountsController } from './accounts.controller.js';
import { AccountsService } from './accounts.service.js';

@Module({
  imports: [EngineModule],
  controllers: [AccountsController],
  providers: [AccountsService],
})
export class AccountsModule {}
