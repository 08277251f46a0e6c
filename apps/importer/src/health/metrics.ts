import { newMetrics } from '#runtime';

/** The importer's metrics. */
export const metrics = newMetrics('importer');
