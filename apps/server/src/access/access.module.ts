import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { AccessGuard } from './access.guard.js';
import { ApiTokensController } from './api-tokens.controller.js';
import { ApiTokens } from './api-tokens.service.js';
import { Authentication } from './authentication.js';
import { FirstAdmin } from './first-admin.js';
import { Grants } from './grants.js';
import { LoginThrottle } from './login-throttle.js';
import { RouteCheck } from './route-check.js';
import { SessionController } from './session.controller.js';
import { Sessions } from './sessions.js';
import { UsersController } from './users.controller.js';
import { Users } from './users.service.js';

@Module({
  imports: [AuditModule, DiscoveryModule],
  controllers: [ApiTokensController, SessionController, UsersController],
  providers: [
    ApiTokens,
    Authentication,
    FirstAdmin,
    Grants,
    LoginThrottle,
    RouteCheck,
    Sessions,
    Users,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
})
export class AccessModule {}
