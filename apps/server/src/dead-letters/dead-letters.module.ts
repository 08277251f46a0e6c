import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { DeadLettersController } from './dead-letters.controller.js';

@Module({ imports: [AuditModule], controllers: [DeadLettersController] })
export class DeadLettersModule {}
