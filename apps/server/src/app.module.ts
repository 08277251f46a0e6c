import { Module, type DynamicModule } from '@nestjs/common';
import { ApiModule } from './api/api.module.js';
import { EngineWorkersModule } from './engine/engine-workers.module.js';
import type { ServerEnv } from './platform/config/server-env.js';
import { PlatformModule } from './platform/platform.module.js';

/** The server: api over engine over platform. Which of the upper two a process has, the environment says. */
@Module({})
export class AppModule {
  static with(env: ServerEnv): DynamicModule {
    return {
      module: AppModule,
      imports: [
        PlatformModule.with(env),
        ...(env.ENGINE ? [EngineWorkersModule] : []),
        ...(env.API ? [ApiModule] : []),
      ],
    };
  }
}
