import { Module } from '@nestjs/common';
import { APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { AuditModule } from '../audit/audit.module.js';
import { KeysModule } from '../keys/keys.module.js';
import { AccessGuard } from './access.guard.js';
import { Authentication } from './authentication.js';
import { FirstAdmin } from './first-admin.js';
import { LoginLimiter } from './login-limiter.js';
import { PermissionPolicy } from './permission-policy.js';
import { RouteCheck } from './route-check.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [AuditModule, DiscoveryModule, KeysModule],
  providers: [
    Authentication,
    FirstAdmin,
    PermissionPolicy,
    LoginLimiter,
    RouteCheck,
    Sessions,
    { provide: APP_GUARD, useClass: AccessGuard },
  ],
  exports: [PermissionPolicy, Sessions],
})
export class AuthModule {}
