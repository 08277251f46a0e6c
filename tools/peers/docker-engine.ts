import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { findCommand } from './background.ts';

const run = promisify(execFile);

/** `docker`, when it is installed and an engine answers it; else the reason why not. */
export async function dockerEngine(): Promise<{ readonly version: string } | { readonly missing: string }> {
  if (findCommand('docker') === undefined) return { missing: 'docker is not on PATH' };
  try {
    const { stdout } = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
      timeout: 10_000,
    });
    return { version: stdout.trim() };
  } catch {
    return { missing: 'docker is on PATH, but no engine answers' };
  }
}

/** A container of ours; its data lives in a named volume and outlives it. */
export interface ContainerOptions {
  readonly name: string;
  readonly image: string;
  /** Container port → port on 127.0.0.1. */
  readonly ports: Readonly<Record<number, number>>;
  /** Folder in the container that the volume `<name>-data` is mounted on. */
  readonly data: string;
  readonly env?: Readonly<Record<string, string>>;
  /** RabbitMQ's data belongs to its host name. */
  readonly hostname?: string;
}

/** Starts the container, in place of one of the same name; gives its main process's pid on this machine (0 on Docker Desktop). */
export async function startContainer(options: ContainerOptions): Promise<number> {
  await removeContainer(options.name);
  await run('docker', containerArguments(options));
  const { stdout } = await run('docker', ['inspect', '--format', '{{.State.Pid}}', options.name]);
  return Number(stdout.trim());
}

export function containerArguments(options: ContainerOptions): string[] {
  return [
    'run',
    '--detach',
    '--rm',
    '--name',
    options.name,
    ...(options.hostname === undefined ? [] : ['--hostname', options.hostname]),
    ...Object.entries(options.ports).flatMap(([inside, outside]) => [
      '--publish',
      `127.0.0.1:${outside}:${inside}`,
    ]),
    '--volume',
    `${options.name}-data:${options.data}`,
    ...Object.entries(options.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    options.image,
  ];
}

/** Stops a container as its image wants it (10 s), then it is gone; none of that name is fine. */
export async function removeContainer(name: string): Promise<void> {
  await run('docker', ['stop', '--time', '15', name]).catch(() => undefined);
  await run('docker', ['rm', '--force', name]).catch(() => undefined);
}

/** Removes the container and what it stored. */
export async function wipeContainer(name: string): Promise<void> {
  await removeContainer(name);
  await run('docker', ['volume', 'rm', '--force', `${name}-data`]).catch(() => undefined);
}
