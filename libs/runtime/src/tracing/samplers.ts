/** Samplers by the names that OTEL_TRACES_SAMPLER knows. Here, because asking for them must not load the SDK. */
export const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;
export type SamplerName = (typeof SAMPLERS)[number];
