import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HEALTH, HealthController, type HealthOptions } from './health.controller.js';
import { METRICS, newMetrics } from './metrics.js';

/** `/health/live`, `/health/ready` and `/metrics` of a program; gives all its modules its {@link METRICS}. */
@Module({})
export class HealthModule {
  /**
   * @param program the label of its metrics
   * @param controller in the place of {@link HealthController}, when the program's guards look for marks on it
   */
  static forRoot(
    program: string,
    options: HealthOptions,
    controller: Type<HealthController> = HealthController,
  ): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      // what is not ready says so itself, at every look; a line in the log for each would be too much
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [controller],
      providers: [
        { provide: HEALTH, useValue: options },
        { provide: METRICS, useFactory: () => newMetrics(program) },
      ],
      exports: [METRICS],
    };
  }
}
