import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type Type,
} from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HEALTH, HealthController, type HealthOptions, PROGRAM } from './health.controller.js';
import { METRICS, newMetrics } from './metrics.js';
import { versionLine, versionView } from './version.js';

/** `/health/live`, `/health/ready`, `/version` and `/metrics` of a program; gives all its modules its {@link METRICS}. */
@Module({})
export class HealthModule implements OnApplicationBootstrap {
  constructor(
    @Inject(PROGRAM) private readonly program: string,
    @Inject(HEALTH) private readonly options: HealthOptions,
  ) {}

  onApplicationBootstrap(): void {
    new Logger('Version').log(versionLine(versionView(this.program, this.options.build)));
  }

  /**
   * @param program what it is called: the label of its metrics, and at `/version`
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
        { provide: PROGRAM, useValue: program },
        { provide: METRICS, useFactory: () => newMetrics(program) },
      ],
      exports: [METRICS],
    };
  }
}
