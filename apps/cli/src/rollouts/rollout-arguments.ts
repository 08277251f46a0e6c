import { parseArgs } from 'node:util';
import { COMPUTER_FOLDERS, ROLLOUT_STATES } from '#domain';
import { UsageFault } from '../terminal/usage-fault.js';
import { integer, oneOf, time, wave, type WaveWish } from './option-values.js';

interface Settings {
  url: string | undefined;
  token: string | undefined;
  state: string | undefined;
  json: boolean;
  yes: boolean;
  /** Follow it until it has ended or waits for somebody. */
  wait: boolean;
}

/** Which computers, and how many at a time. */
export interface Selection {
  /** Names; none: what the filter finds. */
  computers: readonly string[];
  filter: { tenant?: string; dp?: string; folder?: string; import?: string; q?: string };
  /** The rest of what `POST /rollouts/plan` takes. */
  body: {
    kind?: 'reinstall';
    release?: string;
    waves?: readonly WaveWish[];
    startAt?: string;
    deadline?: string;
  };
  /** A file with what `POST /rollouts` takes, over which the options go. */
  file: string | undefined;
}

export type RolloutCommand = Settings &
  (
    | { kind: 'list'; filter: { tenant?: string; state?: string } }
    | { kind: 'plan'; selection: Selection }
    | { kind: 'start'; name: string; selection: Selection; body: object }
    | { kind: 'show' | 'next'; rollout: string }
    | { kind: 'pause' | 'abort'; rollout: string; note: string | undefined }
    | { kind: 'resume'; rollout: string; dps: readonly string[] }
    | { kind: 'retry'; rollout: string; name: string | undefined }
    | { kind: 'shift'; rollout: string; startAt: string | null }
    | { kind: 'skip'; rollout: string; whom: Skipped }
    | { kind: 'move'; rollout: string; computers: readonly string[]; wave: number }
    | { kind: 'report'; rollout: string; file: string | undefined }
  );

type Skipped = { computers: readonly string[] } | { wave: number } | { dp: string };

const text = { type: 'string' } as const;
const several = { type: 'string', multiple: true } as const;
const flag = { type: 'boolean' } as const;
const OPTIONS = {
  url: text,
  token: text,
  state: text,
  help: { ...flag, short: 'h' },
  json: flag,
  yes: { ...flag, short: 'y' },
  wait: flag,
  in: text,
  tenant: text,
  dp: several,
  folder: text,
  import: text,
  search: text,
  computer: several,
  release: text,
  reinstall: flag,
  wave: several,
  person: flag,
  proof: text,
  'proof-state': text,
  settle: text,
  'per-minute': text,
  'per-dp-minute': text,
  'stop-share': text,
  'stop-count': text,
  'stop-minimum': text,
  'stop-action': text,
  'start-at': text,
  now: flag,
  deadline: text,
  priority: text,
  growing: flag,
  note: text,
  name: text,
  body: text,
} as const;
type Values = ReturnType<typeof parsed>['values'];

/** @returns null when help was asked for. @throws UsageFault */
export function readRollout(args: readonly string[]): RolloutCommand | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [kind, target, ...rest] = positionals;
  const settings: Settings = {
    url: values.url,
    token: values.token,
    state: values.state,
    json: values.json ?? false,
    yes: values.yes ?? false,
    wait: values.wait ?? false,
  };
  const file = kind === 'report' ? rest.shift() : undefined;
  if (rest.length > 0) throw new UsageFault(`"${rest.join(' ')}" is too much`);
  if (kind === 'list' || kind === 'plan') {
    if (target !== undefined) throw new UsageFault(`"${target}" is too much`);
    if (kind === 'plan') return { ...settings, kind, selection: selectionOf(values) };
    const filter = {
      ...(values.tenant !== undefined && { tenant: values.tenant }),
      ...(values.in !== undefined && { state: oneOf('in', values.in, ROLLOUT_STATES) }),
    };
    return { ...settings, kind, filter };
  }
  if (kind === undefined) throw new UsageFault('a command is missing');
  if (!target) throw new UsageFault(`${kind} needs ${kind === 'start' ? 'a NAME' : 'a rollout'}`);
  const rollout = target;
  switch (kind) {
    case 'start':
      return { ...settings, kind, name: target, selection: selectionOf(values), body: howOf(values) };
    case 'show':
    case 'next':
      return { ...settings, kind, rollout };
    case 'pause':
    case 'abort':
      return { ...settings, kind, rollout, note: values.note };
    case 'resume':
      return { ...settings, kind, rollout, dps: values.dp ?? [] };
    case 'retry':
      return { ...settings, kind, rollout, name: values.name };
    case 'shift':
      return { ...settings, kind, rollout, startAt: shiftedTo(values) };
    case 'skip':
      return { ...settings, kind, rollout, whom: skippedOf(values) };
    case 'move':
      if (!values.computer) throw new UsageFault('move needs --computer NAME');
      return { ...settings, kind, rollout, computers: values.computer, wave: waveNumber(values) };
    case 'report':
      return { ...settings, kind, rollout, file };
    default:
      throw new UsageFault(`there is no command "${kind}"`);
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : String(error));
  }
}

function selectionOf(values: Values): Selection {
  const [dp, ...others] = values.dp ?? [];
  if (others.length > 0) throw new UsageFault('--dp is one of them only; or leave it out');
  const filter = {
    ...(values.tenant !== undefined && { tenant: values.tenant }),
    ...(dp !== undefined && { dp }),
    ...(values.folder !== undefined && { folder: oneOf('folder', values.folder, COMPUTER_FOLDERS) }),
    ...(values.import !== undefined && { import: values.import }),
    ...(values.search !== undefined && { q: values.search }),
  };
  const computers = values.computer ?? [];
  if (computers.length === 0 && Object.keys(filter).length === 0 && values.body === undefined)
    throw new UsageFault('which computers? Say --computer, --import, --dp, --folder, --search or --tenant');
  if (computers.length > 0 && Object.keys(filter).some((name) => name !== 'tenant'))
    throw new UsageFault('--computer goes with nothing else of which computers but --tenant');
  if (values.person && !values.wave) throw new UsageFault('--person needs --wave');
  const gate = values.person ? 'person' : undefined;
  return {
    computers,
    filter,
    body: {
      ...(values.reinstall && { kind: 'reinstall' as const }),
      ...(values.release !== undefined && { release: values.release }),
      ...(values.wave && { waves: values.wave.map((one) => wave(one, gate)) }),
      ...(values['start-at'] !== undefined && { startAt: time('start-at', values['start-at']) }),
      ...(values.deadline !== undefined && { deadline: time('deadline', values.deadline) }),
    },
    file: values.body,
  };
}

/** How a rollout goes, as `POST /rollouts` takes it beside what a plan takes. */
function howOf(values: Values): object {
  const proof = {
    ...(values.proof !== undefined && { share: integer('proof', values.proof) }),
    ...(values['proof-state'] !== undefined && {
      state: oneOf('proof-state', values['proof-state'], ['registered', 'ready']),
    }),
    ...(values.settle !== undefined && { settle: integer('settle', values.settle) }),
  };
  const pace = {
    ...(values['per-minute'] !== undefined && { perMinute: integer('per-minute', values['per-minute']) }),
    ...(values['per-dp-minute'] !== undefined && {
      perDpMinute: integer('per-dp-minute', values['per-dp-minute']),
    }),
  };
  const stop = stopOf(values);
  if (values.growing && values.reinstall) throw new UsageFault('--growing does not go with --reinstall');
  return {
    ...(Object.keys(proof).length > 0 && { proof }),
    ...(Object.keys(pace).length > 0 && { pace }),
    ...(stop && { stops: [stop] }),
    ...(values.priority !== undefined && { priority: integer('priority', values.priority) }),
    ...(values.growing && { growing: true }),
    ...(values.note !== undefined && { note: values.note }),
  };
}

function stopOf(values: Values): object | null {
  const { 'stop-share': share, 'stop-count': most, 'stop-minimum': minimum, 'stop-action': action } = values;
  if (share === undefined && most === undefined) {
    if (minimum !== undefined || action !== undefined)
      throw new UsageFault('--stop-minimum and --stop-action need --stop-share or --stop-count');
    return null;
  }
  return {
    ...(share !== undefined && { share: integer('stop-share', share) }),
    ...(most !== undefined && { count: integer('stop-count', most) }),
    ...(minimum !== undefined && { minimum: integer('stop-minimum', minimum) }),
    ...(action !== undefined && { action: oneOf('stop-action', action, ['pause', 'abort']) }),
  };
}

function shiftedTo(values: Values): string | null {
  const at = values['start-at'];
  if ((at === undefined) === !values.now) throw new UsageFault('shift needs --start-at TIME, or --now');
  return at === undefined ? null : time('start-at', at);
}

function skippedOf(values: Values): Skipped {
  const [dp, ...others] = values.dp ?? [];
  const wishes: Skipped[] = [
    ...(values.computer ? [{ computers: values.computer }] : []),
    ...(values.wave ? [{ wave: waveNumber(values) }] : []),
    ...(dp !== undefined ? [{ dp }] : []),
  ];
  const [wish, ...more] = wishes;
  if (!wish || more.length > 0 || others.length > 0)
    throw new UsageFault('skip needs one of --computer NAME (several times), --wave N, --dp DP');
  return wish;
}

/** Waves are counted from 1 here as in the console, and from 0 in the API. */
function waveNumber(values: Values): number {
  const [number = '', ...others] = values.wave ?? [];
  const read = /^[1-9]\d{0,3}$/.test(number) && others.length === 0 ? Number(number) : 0;
  if (read === 0) throw new UsageFault('--wave is the number of one wave, from 1');
  return read - 1;
}
