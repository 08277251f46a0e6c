import { ACTIVE_ROLLOUT_STATES, PAUSE_KINDS, type Rollout } from '#domain';
import { age, type GaugeRule } from './gauge-rule.js';

/** What waits for a person, or should have happened. */
export const WORK_GAUGES: readonly GaugeRule[] = [
  {
    name: 'relaypoint_brakes_open',
    help: 'Open brakes, by whether failures tripped them or a person set them',
    labels: ['by'],
    read: ({ brakes }) => {
      const tripped = brakes.filter(({ openedBy }) => openedBy === 'server').length;
      return [
        [{ by: 'failures' }, tripped],
        [{ by: 'person' }, brakes.length - tripped],
      ];
    },
  },
  {
    name: 'relaypoint_rollouts',
    help: 'Rollouts that have not ended, by state',
    labels: ['state'],
    read: ({ rollouts }) =>
      ACTIVE_ROLLOUT_STATES.map((state) => [{ state }, rollouts.filter((one) => one.state === state).length]),
  },
  {
    name: 'relaypoint_rollouts_paused',
    help: 'Paused rollouts, by what paused them',
    labels: ['kind'],
    read: ({ rollouts }) => {
      const paused = rollouts.filter(({ state }) => state === 'paused');
      return PAUSE_KINDS.map((kind) => [{ kind }, paused.filter(({ cause }) => cause?.kind === kind).length]);
    },
  },
  {
    name: 'relaypoint_rollouts_waiting_for_person',
    help: 'Running rollouts whose wave has proved itself and whose next one a person begins',
    read: ({ rollouts }) => [[{}, rollouts.filter(waitsForPerson).length]],
  },
  {
    name: 'relaypoint_directory_sync_failures',
    help: 'Runs of a directory that have failed in a row',
    labels: ['directory'],
    read: ({ syncs }) => syncs.map(({ id, failures }) => [{ directory: id }, failures]),
  },
  {
    name: 'relaypoint_directory_sync_late_seconds',
    help: 'By how much a directory is late with its next run',
    labels: ['directory'],
    read: ({ syncs, at }) =>
      syncs
        .filter(({ schedule }) => schedule !== null)
        .map(({ id, nextAt, run }) => [{ directory: id }, age(run?.at ?? nextAt, at)]),
  },
  {
    name: 'relaypoint_audit_unlinked_entries',
    help: 'Entries of the audit that no link of its chain holds yet, counted up to 1000',
    read: ({ audit }) => [[{}, audit.unlinked]],
  },
  {
    name: 'relaypoint_audit_checkpoint_timestamp_seconds',
    help: 'When the newest checkpoint of the audit was signed',
    read: ({ audit: { checkpoint } }) => (checkpoint ? [[{}, checkpoint.at.getTime() / 1000]] : []),
  },
  {
    name: 'relaypoint_retention_waiting',
    help: 'Documents that have been kept long enough and wait for an archive, counted up to some thousands',
    labels: ['kind'],
    read: ({ retention }) => retention.map(({ id, waiting }) => [{ kind: id }, waiting]),
  },
  {
    name: 'relaypoint_retention_last_run_timestamp_seconds',
    help: 'When all that has been kept long enough was last gone through to its end',
    labels: ['kind'],
    read: ({ retention }) =>
      retention.flatMap(({ id, done }) => (done ? [[{ kind: id }, done.at.getTime() / 1000]] : [])),
  },
  {
    name: 'relaypoint_dead_letters',
    help: 'Messages that nobody could use, by their queue',
    labels: ['queue'],
    read: ({ deadLetters }) => [...(deadLetters ?? [])].map(([queue, count]) => [{ queue }, count]),
  },
];

function waitsForPerson({ state, waves, wave }: Rollout): boolean {
  const [current, next] = [waves[wave], waves[wave + 1]];
  return state === 'running' && current?.gate === 'person' && current.provenAt !== null && next !== undefined;
}
