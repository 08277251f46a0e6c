import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { TenantsController } from './tenants.controller.js';
import { Tenants } from './tenants.service.js';

@Module({ imports: [AuditModule], controllers: [TenantsController], providers: [Tenants] })
export class TenantsModule {}
