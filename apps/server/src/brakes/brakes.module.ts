import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { EventsModule } from '../events/events.module.js';
import { Brakes } from './brakes.service.js';

@Module({ imports: [AuditModule, EventsModule], providers: [Brakes], exports: [Brakes] })
export class BrakesModule {}
