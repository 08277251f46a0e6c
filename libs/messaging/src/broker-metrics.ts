import { Counter, Gauge, type Registry } from 'prom-client';
import type { BrokerConnection } from './broker-connection.js';

/** What a program says of its connections to the broker, for Prometheus: one series of each for every connection. */
export class BrokerMetrics {
  constructor(registry: Registry, connections: readonly BrokerConnection[]) {
    const gauge = (name: string, help: string, value: (connection: BrokerConnection) => boolean): void => {
      const shown = new Gauge({
        name,
        help,
        labelNames: ['connection'],
        registers: [registry],
        collect: () => {
          for (const one of connections) shown.set({ connection: one.name }, value(one) ? 1 : 0);
        },
      });
    };
    gauge(
      'relaypoint_broker_connected',
      'Whether the connection to the broker stands',
      (one) => one.isConnected,
    );
    gauge(
      'relaypoint_broker_blocked',
      'Whether the broker takes no messages, by an alarm',
      (one) => one.isBlocked,
    );
    const reconnects = new Counter({
      name: 'relaypoint_broker_reconnects_total',
      help: 'How often a connection to the broker has come back',
      labelNames: ['connection'],
      registers: [registry],
      collect: () => {
        reconnects.reset();
        for (const one of connections) reconnects.inc({ connection: one.name }, one.reconnects);
      },
    });
  }
}
