import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditNames } from './audit-names.js';

/** Reading the audit; writing it is part of the platform. */
@Module({
  controllers: [AuditController],
  providers: [AuditNames],
})
export class AuditApiModule {}
