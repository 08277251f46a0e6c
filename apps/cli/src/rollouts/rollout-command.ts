import { readFile, writeFile } from 'node:fs/promises';
import { ApiFault } from '../server/connection.js';
import { confirmed } from '../terminal/confirmed.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import { UsageFault } from '../terminal/usage-fault.js';
import type { RolloutCommand, Selection } from './rollout-arguments.js';
import type { RolloutsApi, RolloutView } from './rollouts-api.js';
import { exitCodeOf, isSettled, listOf, planReport, progressOf, reportOf } from './rollout-report.js';

/** Commands that a rollout is looked at with, or that let it go on. */
type Shown = Extract<
  RolloutCommand,
  { kind: 'start' | 'show' | 'next' | 'pause' | 'abort' | 'resume' | 'retry' | 'shift' }
>;

/** Carries out a command. @returns the exit code. @throws ApiFault; what the signal was aborted with */
export async function rollOut(
  command: RolloutCommand,
  api: RolloutsApi,
  signal: AbortSignal,
): Promise<number> {
  const print = (json: unknown, text: () => string): void => {
    process.stdout.write(command.json ? `${JSON.stringify(json, null, 2)}\n` : text());
  };
  switch (command.kind) {
    case 'list': {
      const rollouts = await api.list(command.filter);
      print(rollouts, () => listOf(rollouts));
      return 0;
    }
    case 'plan': {
      const plan = await api.plan(planned(await bodyOf(command.selection, api)));
      print(plan, () => planReport(plan));
      return plan.obstacles.length > 0 ? 3 : 0;
    }
    case 'report':
      await report(command.rollout, command.file, api);
      return 0;
    case 'skip':
    case 'move': {
      const changed = await change(command, api);
      print({ changed }, () => `${changed} ${command.kind === 'skip' ? 'left out' : 'moved'}\n`);
      return 0;
    }
    default: {
      const asked = await ask(command, api, signal);
      const rollout = command.wait
        ? await follow(asked.id, api, !command.json, signal)
        : await api.rollout(asked.id);
      print(rollout, () => reportOf(rollout, new Date()));
      return command.wait || command.kind === 'show' ? exitCodeOf(rollout, new Date()) : 0;
    }
  }
}

async function ask(command: Shown, api: RolloutsApi, signal: AbortSignal): Promise<{ id: string }> {
  if (command.kind === 'start') {
    const { name, selection, body } = command;
    return api.create({ ...(await bodyOf(selection, api)), ...body, name });
  }
  const id = await api.idOf(command.rollout);
  switch (command.kind) {
    case 'show':
      return { id };
    case 'next': {
      const { wave } = await api.rollout(id);
      return api.ask(id, 'next-wave', { wave });
    }
    case 'pause':
      return api.ask(id, 'pause', noteOf(command));
    case 'abort':
      await confirmed(command, 'abort cancels what waits', `Abort the rollout ${command.rollout}?`, signal);
      return api.ask(id, 'abort', noteOf(command));
    case 'resume':
      return api.ask(id, 'resume', command.dps.length > 0 ? { dps: command.dps } : {});
    case 'retry':
      return api.ask(id, 'retry-failed', command.name === undefined ? {} : { name: command.name });
    case 'shift':
      return api.ask(id, 'shift', { startAt: command.startAt });
  }
}

function noteOf({ note }: { note: string | undefined }): object {
  return note === undefined ? {} : { note };
}

async function change(
  command: Extract<RolloutCommand, { kind: 'skip' | 'move' }>,
  api: RolloutsApi,
): Promise<number> {
  const id = await api.idOf(command.rollout);
  if (command.kind === 'move') {
    const { computers, wave } = command;
    return api.change(id, 'move', { computers: await api.members(id, computers), wave });
  }
  const { whom } = command;
  const body = 'computers' in whom ? { computers: await api.members(id, whom.computers) } : whom;
  return api.change(id, 'skip', body);
}

/** Looks on until it has ended or waits for somebody. The server goes on with it, whether this command looks or not. */
async function follow(
  id: string,
  api: RolloutsApi,
  wanted: boolean,
  signal: AbortSignal,
): Promise<RolloutView> {
  const bar = new ProgressBar(process.stderr, wanted);
  try {
    return await api.follow(
      id,
      (rollout) => isSettled(rollout, new Date()),
      (rollout) => bar.show(progressOf(rollout)),
      signal,
    );
  } catch (error) {
    bar.clear();
    process.stderr.write(
      `The rollout goes on without this command. To look: relaypoint rollout show ${id}\n`,
    );
    throw error;
  } finally {
    bar.clear();
  }
}

/** What the file says, with what the options say instead; whom the options name, those of the file do not go beside. */
async function bodyOf({ computers, filter, body, file }: Selection, api: RolloutsApi): Promise<object> {
  const base = file === undefined ? {} : await jsonOf(file);
  if (computers.length === 0 && Object.keys(filter).length === 0) return { ...base, ...body };
  const { computers: ofFile, filter: _, ...rest } = base;
  if (computers.length > 0)
    return { ...rest, ...body, computers: await api.computers(computers, filter.tenant) };
  if (ofFile !== undefined && Object.keys(filter).every((name) => name === 'tenant'))
    throw new UsageFault('--tenant alone does not go over the computers of the file');
  return { ...rest, ...body, filter };
}

/** What `POST /rollouts/plan` takes of what starts one. */
const PLANNED = ['computers', 'filter', 'kind', 'release', 'waves', 'startAt', 'windows', 'deadline'];

function planned(body: object): object {
  return Object.fromEntries(Object.entries(body).filter(([name]) => PLANNED.includes(name)));
}

async function jsonOf(file: string): Promise<{ computers?: unknown; filter?: unknown }> {
  try {
    const read: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (typeof read === 'object' && read !== null) return read;
  } catch {
    // said below
  }
  throw new ApiFault('NO_FILE', `The file ${file} cannot be read, or is not JSON.`);
}

async function report(rollout: string, file: string | undefined, api: RolloutsApi): Promise<void> {
  const answer = await api.report(await api.idOf(rollout));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (file === undefined) process.stdout.write(bytes);
  else await writeFile(file, bytes);
}
