import type { Finding } from './finding.js';
import type { Sample } from './measures.js';

interface MeasureRule {
  /** The alert whose page says what to do; its rule in deploy/prometheus looks at the same measure over time. */
  alert: string;
  where: string;
  measure: string;
  isWrong: (sample: Sample) => boolean;
  what: (sample: Sample) => string;
}

const some = ({ value }: Sample): boolean => value > 0;

/** What a look at one moment can tell. Rates and times are Prometheus' to judge. */
const RULES: readonly MeasureRule[] = [
  {
    alert: 'RelaypointBrokerBlocked',
    where: 'broker',
    measure: 'relaypoint_broker_blocked',
    isWrong: some,
    what: () => 'RabbitMQ takes no messages: memory or disk',
  },
  {
    alert: 'RelaypointDeadLetters',
    where: 'broker',
    measure: 'relaypoint_dead_letters',
    isWrong: some,
    what: ({ value, labels }) => `${value} messages that nobody could use lie on ${labels['queue']}`,
  },
  {
    alert: 'RelaypointDpOverdue',
    where: 'DPs',
    measure: 'relaypoint_dps_overdue',
    isWrong: some,
    what: ({ value }) => `${value} have not been heard of for three poll intervals`,
  },
  {
    alert: 'RelaypointDpClockOff',
    where: 'DPs',
    measure: 'relaypoint_dps_clock_off',
    isWrong: some,
    what: ({ value }) => `the clocks of ${value} are off, and they are refused for that`,
  },
  {
    alert: 'RelaypointDpAccountMissing',
    where: 'DPs',
    measure: 'relaypoint_dps_without_account',
    isWrong: some,
    what: ({ value }) => `${value} can open none of their accounts`,
  },
  {
    alert: 'RelaypointOrdersNotFetched',
    where: 'orders',
    measure: 'relaypoint_orders_oldest_queued_seconds',
    isWrong: ({ value }) => value > 1800,
    what: ({ value }) => `one has waited on its queue for ${Math.round(value / 60)} minutes`,
  },
  {
    alert: 'RelaypointDeadlinesLate',
    where: 'orders',
    measure: 'relaypoint_orders_deadline_late_seconds',
    isWrong: ({ value }) => value > 120,
    what: ({ value }) => `deadlines are ${Math.round(value)} s late: does a server with ENGINE=on run?`,
  },
  {
    alert: 'RelaypointBrakeTripped',
    where: 'orders',
    measure: 'relaypoint_brakes_open',
    isWrong: ({ value, labels }) => value > 0 && labels['by'] === 'failures',
    what: ({ value }) => `${value} brakes have been tripped by failures`,
  },
  {
    alert: 'RelaypointRolloutStopped',
    where: 'rollouts',
    measure: 'relaypoint_rollouts_paused',
    isWrong: ({ value, labels }) => value > 0 && labels['kind'] !== 'person',
    what: ({ value, labels }) => `${value} have paused themselves (${labels['kind']})`,
  },
  {
    alert: 'RelaypointDirectorySyncFailing',
    where: 'directories',
    measure: 'relaypoint_directory_sync_failures',
    isWrong: ({ value }) => value >= 2,
    what: ({ value, labels }) => `${labels['directory']} could not be read ${value} times in a row`,
  },
  {
    alert: 'RelaypointDirectorySyncLate',
    where: 'directories',
    measure: 'relaypoint_directory_sync_late_seconds',
    isWrong: ({ value }) => value > 900,
    what: ({ value, labels }) =>
      `${labels['directory']} should have been read ${Math.round(value / 60)} minutes ago`,
  },
];

/** Names of the alerts and measures that a look goes by; for the test that knows which there are. */
export const LOOKED_AT: readonly Pick<MeasureRule, 'alert' | 'measure'>[] = RULES;

/** What the measures of a server say is wrong. */
export function findingsIn(samples: readonly Sample[]): Finding[] {
  return RULES.flatMap(({ alert, where, measure, isWrong, what }) =>
    samples
      .filter((sample) => sample.name === measure && isWrong(sample))
      .map((sample) => ({ where, what: what(sample), todo: `docs/runbooks/${alert}.md` })),
  );
}
