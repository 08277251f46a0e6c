import { Module } from '@nestjs/common';
import { LocationRulesModule } from '../location-rules/location-rules.module.js';
import { AssignableDps } from './assignable-dps.service.js';
import { AssignmentRuleViews } from './assignment-rule-views.service.js';
import { AssignmentRulesController } from './assignment-rules.controller.js';
import { AssignmentRulesService } from './assignment-rules.service.js';

@Module({
  imports: [LocationRulesModule],
  controllers: [AssignmentRulesController],
  providers: [AssignableDps, AssignmentRulesService, AssignmentRuleViews],
  exports: [AssignableDps],
})
export class AssignmentRulesModule {}
