import { printable } from '#domain';
import type { Progress } from '../terminal/progress-bar.js';
import type { PlanView, RolloutView } from './rollouts-api.js';

/** Causes that are told with their output. */
const MOST_CAUSES = 3;
/** Of a long output the last lines, where installers say what went wrong. */
const MOST_LINES = 5;

/** How far a rollout is. */
export function progressOf({ state, size, counts, wave, waves, eta }: RolloutView): Progress {
  const { good, bad, skipped, underWay } = counts;
  const ends = eta === null ? '' : `, ends about ${clock(eta)}`;
  return {
    phase: state === 'running' ? `wave ${wave + 1}/${waves.length}` : state,
    percent: size === 0 ? 0 : Math.floor(((good + bad + skipped) / size) * 100),
    detail: `${good} good, ${bad} failed, ${underWay} under way${ends}`,
  };
}

/** Whether a person has to begin the next wave: the present one has proved itself and may not go on by itself. */
function waitsForPerson({ state, wave, waves, proof }: RolloutView, now: Date): boolean {
  const present = waves[wave];
  if (state !== 'running' || wave === waves.length - 1 || present?.gate !== 'person') return false;
  return present.provenAt !== null && Date.parse(present.provenAt) + proof.settle * 1000 <= now.getTime();
}

/** Whether it does not go on by itself: it has ended, or somebody has to decide. */
export function isSettled(rollout: RolloutView, now: Date): boolean {
  return ['paused', 'aborted', 'finished'].includes(rollout.state) || waitsForPerson(rollout, now);
}

/** 0 well so far, 2 some computers failed, 3 it does not go on by itself, though it is not finished. */
export function exitCodeOf(rollout: RolloutView, now: Date): 0 | 2 | 3 {
  if (['paused', 'aborting', 'aborted'].includes(rollout.state) || waitsForPerson(rollout, now)) return 3;
  return rollout.counts.bad > 0 ? 2 : 0;
}

/** How a rollout stands, why it does not go on, and what to do; for a person. */
export function reportOf(rollout: RolloutView, now: Date): string {
  const { id, name, state, release, size, requestedBy, createdAt, eta, startAt, endedAt, cause } = rollout;
  const lines = [
    `rollout ${id} "${name}": ${state}`,
    `  ${size} computers, client ${release ?? 'version of the settings'}; by ${requestedBy}, ${clock(createdAt)}`,
  ];
  if (state === 'scheduled' && startAt !== null) lines.push(`  begins ${clock(startAt)}`);
  if (endedAt !== null) lines.push(`  ended ${clock(endedAt)}`);
  else if (eta !== null) lines.push(`  ends about ${clock(eta)}`);
  if (cause) {
    lines.push(`  ${cause.text}`);
    if (cause.note !== null) lines.push(`  note: ${cause.note}`);
  }
  for (const { dp, evidence } of rollout.stoppedDps)
    lines.push(
      `  stopped at DP ${dp}: ${evidence.failures} of ${evidence.results} failed${evidence.code === null ? '' : `, ${evidence.code}`}`,
    );
  lines.push(...waveLines(rollout), ...causeLines(rollout), ...nextLines(rollout, now));
  return whole(lines);
}

function waveLines({ waves, wave, state }: RolloutView): string[] {
  return waves.map(({ size, counts, begunAt, passedAt }, index) => {
    const { good, bad, underWay, absent, skipped } = counts;
    const isPast = passedAt !== null || (state === 'finished' && begunAt !== null);
    const how = begunAt === null ? 'waits' : isPast ? 'done' : index === wave ? 'under way' : 'begun';
    const parts = [
      `${good} good`,
      `${bad} failed`,
      ...(underWay > 0 ? [`${underWay} under way`] : []),
      ...(absent > 0 ? [`${absent} away`] : []),
      ...(skipped > 0 ? [`${skipped} left out`] : []),
    ];
    return `  wave ${index + 1} of ${size}: ${how}${begunAt === null ? '' : `; ${parts.join(', ')}`}`;
  });
}

function causeLines({ causes }: RolloutView): string[] {
  if (causes.length === 0) return [];
  return [
    '  failures:',
    ...causes.slice(0, MOST_CAUSES).flatMap(({ code, phase, count, output, hint }) => {
      const said = output?.split('\n').filter((line) => line.trim() !== '') ?? [];
      return [
        `    ${count} × ${code}${phase === null ? '' : ` (${phase})`}: ${hint.en}`,
        ...said.slice(-MOST_LINES).map((line) => `      | ${line}`),
      ];
    }),
    ...(causes.length > MOST_CAUSES ? [`    and ${causes.length - MOST_CAUSES} more kinds`] : []),
  ];
}

function nextLines(rollout: RolloutView, now: Date): string[] {
  const { id, state, counts } = rollout;
  if (state === 'paused')
    return [`  To go on: relaypoint rollout resume ${id}; to end it: relaypoint rollout abort ${id}`];
  if (waitsForPerson(rollout, now)) return [`  To begin the next wave: relaypoint rollout next ${id}`];
  if ((state === 'finished' || state === 'aborted') && counts.bad > 0)
    return [`  To try those that failed again: relaypoint rollout retry ${id}`];
  return [];
}

/** One a line. */
export function listOf(rollouts: readonly RolloutView[]): string {
  if (rollouts.length === 0) return 'There are no rollouts.\n';
  const width = Math.min(40, Math.max(...rollouts.map(({ name }) => name.length)));
  return whole(
    rollouts.map(({ id, name, state, size, counts, createdAt }) =>
      [
        id,
        clock(createdAt),
        state.padEnd(9),
        name.padEnd(width),
        `${counts.good} good, ${counts.bad} failed of ${size}`,
      ].join('  '),
    ),
  );
}

/** What a rollout would be. */
export function planReport({ tenant, release, size, waves, dps, obstacles }: PlanView): string {
  return whole([
    `${size} computers of tenant ${tenant}, client ${release ?? 'version of the settings'}`,
    `  waves: ${waves.join(', ')}`,
    ...dps.map(({ dp, count, enabled, isSilent, windowOpensAt }) => {
      const but = [
        ...(enabled ? [] : ['not enabled']),
        ...(isSilent ? ['does not ask for orders'] : []),
        ...(windowOpensAt === null ? [] : [`can begin at ${clock(windowOpensAt)}`]),
      ];
      return `  DP ${dp}: ${count}${but.length > 0 ? `; ${but.join(', ')}` : ''}`;
    }),
    ...(obstacles.length > 0 ? ['  in the way:'] : []),
    ...obstacles.map(({ text, names, count, isLeftOut }) => {
      const more = count > names.length ? ', …' : '';
      return `    ${text} (${names.join(', ')}${more})${isLeftOut ? '; left out' : ''}`;
    }),
  ]);
}

function whole(lines: readonly string[]): string {
  return `${lines.map(printable).join('\n')}\n`;
}

/** In the zone of this machine, to the minute. */
function clock(at: string): string {
  const time = new Date(at);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
