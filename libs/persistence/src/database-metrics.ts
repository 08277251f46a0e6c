import type { Connection } from 'mongoose';
import { Histogram, type Registry } from 'prom-client';

/** What a program says of its connections to the database, for Prometheus. */
export class DatabaseMetrics {
  constructor(registry: Registry, connection: Connection) {
    const waits = new Histogram({
      name: 'relaypoint_database_wait_seconds',
      help: 'How long an operation waited for one of the connections to the database',
      buckets: [0.001, 0.01, 0.05, 0.2, 1, 5],
      registers: [registry],
    });
    connection.getClient().on('connectionCheckedOut', ({ durationMS }) => waits.observe(durationMS / 1000));
  }
}
