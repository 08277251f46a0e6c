import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { readEnv } from './env.js';
import { SAMPLERS } from './tracing/samplers.js';
import { isTracing, useSpanSink, type SpanSink } from './tracing/tracing.js';

/** Longest that an end waits for the last spans: a collector that is away must not hold up a stop. */
const FLUSH_MS = 2_000;

const url = z.url({ protocol: /^https?$/ }).optional();
const protocol = z
  .enum(['http/protobuf'], { error: 'only http/protobuf is spoken; collectors take it on port 4318' })
  .optional();
const count = z.coerce.number().int().positive();

/**
 * OpenTelemetry's variables, as its specification names them, as far as the SDK leaves them to its caller. Headers, timeout,
 * compression and certificates (`OTEL_EXPORTER_OTLP_*`) and the resource (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`)
 * are read by the SDK itself.
 */
const schema = z
  .object({
    OTEL_EXPORTER_OTLP_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
    OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
    OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
    /** Share of traces for the samplers that take one. */
    OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
    /** Milliseconds between two exports. */
    OTEL_BSP_SCHEDULE_DELAY: count.default(5_000),
    /** Milliseconds that an export may take. */
    OTEL_BSP_EXPORT_TIMEOUT: count.default(30_000),
    /** Spans that may wait for an export; further ones are lost. */
    OTEL_BSP_MAX_QUEUE_SIZE: count.default(2_048),
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: count.default(512),
  })
  .refine((env) => env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE <= env.OTEL_BSP_MAX_QUEUE_SIZE, {
    message: 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE is larger than OTEL_BSP_MAX_QUEUE_SIZE',
  });

let running: SpanSink | undefined;

/**
 * Tells spans to the collector that OpenTelemetry's own variables name. Without an endpoint nothing is traced, and nothing of
 * its SDK is loaded.
 *
 * @param program service name, unless OTEL_SERVICE_NAME says another one
 * @throws EnvironmentFault naming every variable that is wrong
 */
export async function startTracing(program: string, source: NodeJS.ProcessEnv = process.env): Promise<void> {
  if (isTracing() || !isWanted(source)) return;
  const env = readEnv(schema, source);
  const { OtlpSpans } = await import('./tracing/otlp-spans.js');
  running = new OtlpSpans(
    {
      service: program,
      sampler: { name: env.OTEL_TRACES_SAMPLER, share: env.OTEL_TRACES_SAMPLER_ARG },
      batches: {
        scheduledDelayMillis: env.OTEL_BSP_SCHEDULE_DELAY,
        exportTimeoutMillis: env.OTEL_BSP_EXPORT_TIMEOUT,
        maxQueueSize: env.OTEL_BSP_MAX_QUEUE_SIZE,
        maxExportBatchSize: env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE,
      },
    },
    new Logger('Tracing'),
  );
  useSpanSink(running);
}

/** Sends what is left. Nothing is traced after it. */
async function stopTracing(): Promise<void> {
  const ended = running;
  running = undefined;
  useSpanSink(undefined);
  if (!ended) return;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FLUSH_MS);
  });
  await Promise.race([ended.close(), late]);
  clearTimeout(timer);
}

/** Sends the last spans when a program stops in order. */
@Injectable()
export class TracingShutdown implements OnApplicationShutdown {
  onApplicationShutdown(): Promise<void> {
    return stopTracing();
  }
}

function isWanted(env: NodeJS.ProcessEnv): boolean {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: traces } = env;
  const isOff = env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true' || env['OTEL_TRACES_EXPORTER'] === 'none';
  return !isOff && ((all ?? '') !== '' || (traces ?? '') !== '');
}
