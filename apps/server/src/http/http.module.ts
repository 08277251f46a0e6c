import { Module } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { KeysModule } from '../keys/keys.module.js';
import { GermanAnswers } from '../language/german.interceptor.js';
import { AnswerHeaders } from './answer-headers.interceptor.js';
import { ChangeBody } from './change-body.interceptor.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { Idempotency } from './idempotency.service.js';
import { KnownRoutes } from './known-routes.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestPipe } from './request.pipe.js';
import { UploadInterceptor } from './upload.interceptor.js';

/** What every route of the admin API shares. Interceptors run in the order they stand here. */
@Module({
  imports: [KeysModule],
  providers: [
    Idempotency,
    KnownRoutes,
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: GermanAnswers },
    { provide: APP_INTERCEPTOR, useClass: ChangeBody },
    { provide: APP_INTERCEPTOR, useClass: UploadInterceptor },
    { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
    { provide: APP_INTERCEPTOR, useClass: AnswerHeaders },
    { provide: APP_PIPE, useClass: RequestPipe },
  ],
})
export class HttpModule {}
