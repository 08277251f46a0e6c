import { Inject, Injectable } from '@nestjs/common';
import { Gauge, type Registry } from 'prom-client';
import { METRICS } from '#http';
import { DP_GAUGES } from './dp-gauges.js';
import type { GaugeRule } from './gauge-rule.js';
import { InstallationLook } from './installation-look.js';
import { ORDER_GAUGES } from './order-gauges.js';
import { WORK_GAUGES } from './work-gauges.js';

/** The gauges of the whole installation. Every server with an API shows the same: rules and boards take the largest. */
@Injectable()
export class InstallationGauges {
  constructor(@Inject(METRICS) registry: Registry, look: InstallationLook) {
    for (const rule of [...ORDER_GAUGES, ...DP_GAUGES, ...WORK_GAUGES]) show(rule, registry, look);
  }
}

function show(
  { name, help, labels = [], read }: GaugeRule,
  registry: Registry,
  look: InstallationLook,
): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: async () => {
      const seen = await look.look();
      gauge.reset();
      // without labels a reset gauge would say 0, which nobody has seen
      if (labels.length === 0) gauge.remove();
      for (const [values, value] of seen ? read(seen) : []) gauge.set(values, value);
    },
  });
}
