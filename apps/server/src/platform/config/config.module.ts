import { Module, type DynamicModule } from '@nestjs/common';
import { SERVER_ENV, type ServerEnv } from './server-env.js';

/** The environment of this server, for whoever injects {@link SERVER_ENV}. */
@Module({})
export class ConfigModule {
  static with(env: ServerEnv): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [{ provide: SERVER_ENV, useValue: env }],
      exports: [SERVER_ENV],
    };
  }
}
