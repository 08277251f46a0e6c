import { reasonOf } from '../packages/apt.ts';
import { withProgress } from '../packages/progress.ts';
import { run } from '../packages/run.ts';
import { findCommand, untilReady } from './background.ts';

/** A Docker that says nothing for so long has no engine. */
const ENGINE_MS = 10_000;

/** `docker`, when it is installed and an engine answers it; else the reason why not. */
export async function dockerEngine(): Promise<{ readonly version: string } | { readonly missing: string }> {
  if (findCommand('docker') === undefined) return { missing: 'docker is not on PATH' };
  const asked = await run('docker', ['version', '--format', '{{.Server.Version}}'], {
    signal: AbortSignal.timeout(ENGINE_MS),
  });
  if (asked.code !== 0) return { missing: 'docker is on PATH, but no engine answers' };
  return { version: asked.stdout.trim() };
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

/** How a container is waited for. */
export interface ContainerWork {
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly ready: () => Promise<boolean>;
  readonly milliseconds: number;
}

/**
 * Starts the container, in place of one of the same name, and waits until it is ready; one that does not get there is
 * removed. Gives its main process's pid on this machine (0 on Docker Desktop).
 */
export async function startContainer(options: ContainerOptions, work: ContainerWork): Promise<number> {
  const { name, image } = options;
  await removeContainer(name);
  await pull(image, work);
  try {
    const env = { ...process.env, ...options.env };
    const started = await run('docker', containerArguments(options), { env, signal: work.signal });
    if (started.code !== 0) throw new Error(`docker run ${image} failed: ${reasonOf(started)}`);
    await untilReady({
      what: `the container ${name}`,
      milliseconds: work.milliseconds,
      ready: async () => {
        if (work.signal?.aborted === true) throw new Error(`stopped while ${name} started`);
        if ((await inspect(name, 'Running')) !== 'true')
          throw new Error(`the container ${name} ended while it started:\n${await logsOf(name)}`);
        return work.ready();
      },
      alive: () => true,
      explain: () => 'it runs, but does not answer',
    });
    return Number(await inspect(name, 'Pid'));
  } catch (error) {
    await removeContainer(name);
    throw error;
  }
}

/** An image is hundreds of megabytes, and docker run would fetch it without a word. */
async function pull(image: string, { say, signal }: ContainerWork): Promise<void> {
  if ((await run('docker', ['image', 'inspect', image])).code === 0) return;
  say(`fetching the image ${image}`);
  const pulled = await withProgress(
    say,
    () => `Docker is fetching ${image}`,
    () => run('docker', ['pull', '--quiet', image], { signal }),
  );
  if (pulled.code !== 0) throw new Error(`the image ${image} cannot be fetched: ${reasonOf(pulled)}`);
}

async function inspect(name: string, field: 'Running' | 'Pid'): Promise<string> {
  return (await run('docker', ['inspect', '--format', `{{.State.${field}}}`, name])).stdout.trim();
}

async function logsOf(name: string): Promise<string> {
  const { stdout, stderr } = await run('docker', ['logs', '--tail', '8', name]);
  return `${stdout}${stderr}`.trim();
}

export function containerArguments(options: ContainerOptions): string[] {
  return [
    'run',
    '--detach',
    '--name',
    options.name,
    ...(options.hostname === undefined ? [] : ['--hostname', options.hostname]),
    ...Object.entries(options.ports).flatMap(([inside, outside]) => [
      '--publish',
      `127.0.0.1:${outside}:${inside}`,
    ]),
    '--volume',
    `${options.name}-data:${options.data}`,
    // by name alone: their values are secrets, and arguments are everybody's to read
    ...Object.keys(options.env ?? {}).flatMap((name) => ['--env', name]),
    options.image,
  ];
}

/** Stops a container as its image wants it (15 s), then it is gone; none of that name is fine. */
export async function removeContainer(name: string): Promise<void> {
  await run('docker', ['stop', '--time', '15', name]);
  await run('docker', ['rm', '--force', name]);
}

/** Removes the container and what it stored. */
export async function wipeContainer(name: string): Promise<void> {
  await removeContainer(name);
  await run('docker', ['volume', 'rm', '--force', `${name}-data`]);
}
