import { EnvironmentFault } from './env.js';
import { startTracing } from './start-tracing.js';
import { isTracing } from './tracing/tracing.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' };

describe('tracing', () => {
  it.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: '' },
    { OTEL_SERVICE_NAME: 'server', OTEL_TRACES_SAMPLER: 'nonsense' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'True' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
  ])('is off with %j', async (env) => {
    await startTracing('test', env);
    expect(isTracing()).toBe(false);
  });

  it('names every variable that is wrong', async () => {
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_SAMPLER: 'sometimes',
      OTEL_TRACES_SAMPLER_ARG: '7',
      OTEL_BSP_SCHEDULE_DELAY: 'soon',
    };
    const error: unknown = await startTracing('test', env).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(EnvironmentFault);
    for (const name of Object.keys(env)) expect(String(error)).toContain(name);
    expect(isTracing()).toBe(false);
  });
});
