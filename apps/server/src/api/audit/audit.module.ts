import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** Reading the audit; writing it is part of the platform. */
@Module({
  controllers: [AuditController],
})
export class AuditApiModule {}
