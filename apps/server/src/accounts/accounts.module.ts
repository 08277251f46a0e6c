import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { AccountsController } from './accounts.controller.js';
import { Accounts } from './accounts.service.js';

@Module({ imports: [AuditModule], controllers: [AccountsController], providers: [Accounts] })
export class AccountsModule {}
