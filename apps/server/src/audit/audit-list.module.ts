import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** Reading the audit; writing it is for everybody, in the module beside. */
@Module({ controllers: [AuditController] })
export class AuditListModule {}
