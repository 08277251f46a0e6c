import { Module } from '@nestjs/common';
import { AssignmentRulesModule } from '../assignment-rules/assignment-rules.module.js';
import { ImportAssignmentsController } from './import-assignments.controller.js';
import { ImportAssignmentsService } from './import-assignments.service.js';
import { ImportDpsService } from './import-dps.service.js';
import { EngineModule } from '../../engine/engine.module.js';
import { ImportReferences } from './import-references.js';
import { ImportsController } from './imports.controller.js';
import { RejectedRowsController } from './rejected-rows.controller.js';
import { ImportsService } from './imports.service.js';

@Module({
  imports: [AssignmentRulesModule, EngineModule],
  controllers: [ImportsController, ImportAssignmentsController, RejectedRowsController],
  providers: [ImportAssignmentsService, ImportDpsService, ImportReferences, ImportsService],
  exports: [ImportAssignmentsService, ImportReferences],
})
export class ImportsModule {}
