import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { AccessGuard } from './access.guard.js';
import { ApiTokensController } from './api-tokens.controller.js';
import { ApiTokens } from './api-tokens.service.js';
import { Authentication } from './authentication.js';
import { FirstAdmin } from './first-admin.js';
import { LoginThrottle } from './login-throttle.js';
import { RouteCheck } from './route-check.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [AuditModule, DiscoveryModule],
  controllers: [ApiTokensController, SessionController],
  providers: [
    ApiTokens,
    Authentication,
    FirstAdmin,
    LoginThrottle,
    RouteCheck,
    Sessions,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
})
export class AccessModule {}
