import { openAsBlob } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { ImportOptions, ImportProfileId } from '#domain';
import { ApiFault } from '../server/connection.js';
import { confirmed } from '../terminal/confirmed.js';
import { ProgressBar } from '../terminal/progress-bar.js';
import type { ImportsApi, RunView } from './imports-api.js';
import type { Command } from './import-arguments.js';
import { exitCodeOf, progressOf, reportOf, valuesReport } from './import-report.js';

/** Rejected rows that the report tells the reasons of. */
const SHOWN_REJECTED = 10;

/** Carries out a command. @returns the exit code. @throws ApiFault; what the signal was aborted with */
export async function importComputers(
  command: Command,
  api: ImportsApi,
  signal: AbortSignal,
): Promise<number> {
  const bar = new ProgressBar(process.stderr, !command.json);
  const follow = async (id: string, ended: (run: RunView) => boolean): Promise<RunView> => {
    try {
      return await api.follow(id, ended, (run) => bar.show(progressOf(run)), signal);
    } finally {
      bar.clear();
    }
  };
  if (command.kind === 'values') {
    const values = await api.values(command.run, command.column);
    process.stdout.write(command.json ? `${JSON.stringify(values, null, 2)}\n` : valuesReport(values));
    return 0;
  }
  const run = await work(command, api, follow, signal);
  if (command.rejected !== undefined) await saveRejected(api, run, command.rejected);
  const report = command.json
    ? `${JSON.stringify(run, null, 2)}\n`
    : reportOf(run, await api.firstRejected(run, SHOWN_REJECTED));
  process.stdout.write(report);
  return exitCodeOf(run, command.commit || command.kind === 'commit');
}

/** What the server refuses to commit before a person has decided: the preview stays. */
const TO_DECIDE: readonly string[] = ['DP_UNDECIDED', 'ASSIGNMENT_CHANGED'];

type Follow = (id: string, ended: (run: RunView) => boolean) => Promise<RunView>;

async function work(
  command: Exclude<Command, { kind: 'values' }>,
  api: ImportsApi,
  follow: Follow,
  signal: AbortSignal,
): Promise<RunView> {
  switch (command.kind) {
    case 'status':
      return api.run(command.run);
    case 'discard':
      return api.ask(command.run, 'discard');
    case 'undo':
      await confirmed(
        command,
        'undo deletes computers',
        `Delete the computers that import ${command.run} created and nobody has released?`,
        signal,
      );
      await api.ask(command.run, 'undo');
      return goingOn(
        'undo',
        command.run,
        follow(command.run, ({ state, fault }) => state === 'undone' || fault !== null),
      );
    case 'commit':
      return commit(command, command.run, api, follow);
    case 'read':
      await api.ask(command.run, 'read', { options: await optionsOf(command, api, command.run) });
      return preview(command, command.run, api, follow, signal);
    case 'csv':
    case 'ad':
      return preview(command, (await api.create(await request(command, api))).id, api, follow, signal);
  }
}

async function request(
  command: Command & { kind: 'csv' | 'ad' },
  api: ImportsApi,
): Promise<FormData | object> {
  const { tenant = '', dp } = command;
  const options = await optionsOf(command, api);
  if (command.kind === 'ad') {
    const directory = await api.directory(command.directory, tenant);
    return { source: 'ad', tenant, ...(dp !== undefined && { dp }), directory, options };
  }
  const form = new FormData();
  form.set('source', 'csv');
  form.set('tenant', tenant);
  if (dp !== undefined) form.set('dp', dp);
  form.set('options', JSON.stringify(options));
  const { file } = command;
  if (file === '-') form.set('file', new Blob([new Uint8Array(await buffer(process.stdin))]), 'stdin.csv');
  else form.set('file', await fileOf(file), basename(file));
  return form;
}

/** The options with the id of the profile that was named; of a run that is there, its own tenant counts. */
async function optionsOf(command: Command, api: ImportsApi, run?: string): Promise<ImportOptions> {
  const { profile, options } = command;
  if (profile === undefined) return options;
  if (profile === null) return { ...options, profile };
  const tenant = run === undefined ? (command.tenant ?? '') : (await api.run(run)).tenant;
  return { ...options, profile: (await api.profile(profile, tenant)) as ImportProfileId };
}

async function fileOf(path: string): Promise<Blob> {
  try {
    return await openAsBlob(path);
  } catch {
    throw new ApiFault('NO_FILE', `The file ${path} cannot be read.`);
  }
}

/** Waits for the preview and, when that is wished for, commits. Interrupted before the commit, the run is discarded. */
async function preview(
  command: Command,
  id: string,
  api: ImportsApi,
  follow: Follow,
  signal: AbortSignal,
): Promise<RunView> {
  let run: RunView;
  try {
    run = await follow(
      id,
      ({ state }) => state === 'previewed' || state === 'failed' || state === 'discarded',
    );
  } catch (error) {
    if (signal.aborted) {
      const discarded = await api.ask(id, 'discard').catch(() => null);
      process.stderr.write(
        discarded
          ? `The import ${id} is discarded; nothing was written.\n`
          : `The import ${id} could not be discarded; nothing of it is written before it is committed.\n`,
      );
    }
    throw error;
  }
  return command.commit && run.state === 'previewed' ? commit(command, id, api, follow) : run;
}

async function commit(command: Command, id: string, api: ImportsApi, follow: Follow): Promise<RunView> {
  const { confirmDrop, confirmAssignment, withoutDp } = command;
  const consent = {
    ...(confirmDrop && { confirmDrop }),
    ...(confirmAssignment && { confirmAssignment }),
    ...(withoutDp !== undefined && { withoutDp }),
    ...(command.sameName && { undecided: command.sameName }),
  };
  try {
    await api.ask(id, 'commit', consent);
  } catch (error) {
    if (!(error instanceof ApiFault) || !TO_DECIDE.includes(error.code)) throw error;
    process.stderr.write(`relaypoint import: ${error.message}\n`);
    return await api.run(id);
  }
  const ended = ({ state, fault }: RunView): boolean =>
    state === 'committed' || state === 'undone' || fault !== null;
  return await goingOn('commit', id, follow(id, ended));
}

/** What the importer has begun it brings to an end, whether this command looks on or not. */
async function goingOn(step: 'commit' | 'undo', id: string, followed: Promise<RunView>): Promise<RunView> {
  try {
    return await followed;
  } catch (error) {
    process.stderr.write(
      `The ${step} goes on without this command. To look: relaypoint import status ${id}\n`,
    );
    throw error;
  }
}

async function saveRejected(api: ImportsApi, run: RunView, file: string): Promise<void> {
  const answer = await api.rejected(run.id);
  await writeFile(file, new Uint8Array(await answer.arrayBuffer()));
}
