import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findCommand } from './background.ts';
import { DebianRoot, type Missing } from './debian-root.ts';

const DEBIAN_SCRIPTS = '/usr/lib/rabbitmq/bin';

/** RabbitMQ's programs of one installation, and how they are run. */
export interface RabbitmqPrograms {
  /** The folder of its own scripts. */
  readonly scripts: string;
  readonly epmd: string;
  /** The command line that runs one of them; `folder` is where it reads and writes. */
  within(folder: string, command: string, args: readonly string[]): [string, string[]];
}

/**
 * The folder of RabbitMQ's own scripts, or undefined. Debian's files in /usr/sbin are wrappers that switch to the
 * user rabbitmq, who could not write into our folder: behind them are the scripts themselves.
 */
export function findRabbitmq(): string | undefined {
  if (existsSync(join(DEBIAN_SCRIPTS, 'rabbitmq-server'))) return DEBIAN_SCRIPTS;
  const found = findCommand('rabbitmq-server', ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/sbin']);
  return found === undefined ? undefined : dirname(found);
}

/** Those of the system. @throws Error when they are not installed */
export function systemRabbitmq(): RabbitmqPrograms {
  const scripts = findRabbitmq();
  if (scripts === undefined) throw new Error('rabbitmq-server is not installed');
  const epmd = findCommand('epmd', [scripts, '/usr/lib/erlang/bin']);
  if (epmd === undefined) throw new Error('epmd, which comes with Erlang, is not on PATH');
  return { scripts, epmd, within: (_folder, command, args) => [command, [...args]] };
}

/** RabbitMQ 4.0, from the packages of Debian 13, in a folder of its own below `artifacts`; or why it cannot be had here. */
export async function rabbitmq4(artifacts: string): Promise<RabbitmqPrograms | Missing> {
  const root = await DebianRoot.at(join(artifacts, 'debian-13'), 'trixie', ['rabbitmq-server']);
  if ('missing' in root) return root;
  return {
    scripts: DEBIAN_SCRIPTS,
    epmd: '/usr/bin/epmd',
    within: (folder, command, args) => root.within(folder, command, args),
  };
}
