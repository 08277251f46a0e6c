import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { KeysModule } from '../keys/keys.module.js';
import { ResponseHeadersInterceptor } from './response-headers.interceptor.js';
import { ChangeBodyInterceptor } from './change-body.interceptor.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { IdempotencyService } from './idempotency.service.js';
import { KnownRoutes } from './known-routes.js';
import { ServerProblemFilter } from './server-problem.filter.js';
import { RequestPipe } from './request.pipe.js';
import { UploadInterceptor } from './upload.interceptor.js';

/** What every route of the admin API shares. Interceptors run in the order they stand here. */
@Module({
  imports: [KeysModule],
  providers: [
    IdempotencyService,
    KnownRoutes,
    { provide: APP_FILTER, useClass: ServerProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: ChangeBodyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: UploadInterceptor },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ResponseHeadersInterceptor },
    { provide: APP_PIPE, useClass: RequestPipe },
  ],
})
export class HttpModule {}
