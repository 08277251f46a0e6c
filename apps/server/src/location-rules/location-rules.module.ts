import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { LocationChoices } from './location-choices.service.js';
import { LocationRulesController } from './location-rules.controller.js';
import { LocationRules } from './location-rules.service.js';

@Module({
  imports: [AuditModule],
  controllers: [LocationRulesController],
  providers: [LocationChoices, LocationRules],
  exports: [LocationChoices],
})
export class LocationRulesModule {}
