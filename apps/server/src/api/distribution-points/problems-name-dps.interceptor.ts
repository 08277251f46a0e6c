import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { DomainError } from '#domain';
import { DpNames } from './dp-names.js';

/**
 * Problems of these routes call DPs by name. Not for routes that make DPs or choose one by its id: there the id that was typed
 * is what is wrong.
 */
@Injectable()
export class ProblemsNameDps implements NestInterceptor {
  constructor(private readonly names: DpNames) {}

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(catchError((error: unknown) => this.named(error)));
  }

  private async named(error: unknown): Promise<never> {
    if (!(error instanceof DomainError)) throw error;
    const named = await this.names.forTexts([error.descriptor]);
    throw new DomainError(error.code, error.key, named(error.descriptor).params, error.faults);
  }
}
