import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { anyFreePort } from '../peers/ports.js';
import type { RabbitmqNode } from '../peers/rabbitmq-node.js';

/** Lets a running node show its measures to Prometheus, as an installation's does, at a port of its own. @returns their base URL */
export async function brokerMetrics(node: RabbitmqNode): Promise<string> {
  const port = await anyFreePort();
  const plugins = join(node.folder, 'enabled_plugins');
  writeFileSync(plugins, '[rabbitmq_management, rabbitmq_prometheus].\n');
  await node.ctl(
    'eval',
    'ok = application:load(rabbitmq_prometheus), ' +
      `ok = application:set_env(rabbitmq_prometheus, tcp_config, [{ip, "127.0.0.1"}, {port, ${port}}]), ` +
      `rabbit_plugins:ensure("${plugins}").`,
  );
  return `http://127.0.0.1:${port}`;
}
