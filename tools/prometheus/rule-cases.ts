const SERVER = 'job="relaypoint-server",instance="server:3000"';
const GATEWAY = 'job="relaypoint-gateway",instance="gateway:3001"';
const SERVER_2 = 'job="relaypoint-server",instance="server-2:3000"';
const GATEWAY_2 = 'job="relaypoint-gateway",instance="gateway-2:3001"';
const IMPORTER = 'job="relaypoint-importer",instance="importer:3002"';
const ALWAYS = '1x60';
const NEVER = '0x60';

/** An hour of an installation with one DP in which nothing is wrong; a sample each minute. */
export const HEALTHY: Readonly<Record<string, string>> = {
  [`up{${SERVER}}`]: ALWAYS,
  [`up{${GATEWAY}}`]: ALWAYS,
  [`up{${IMPORTER}}`]: ALWAYS,
  [`relaypoint_broker_connected{${SERVER},connection="server"}`]: ALWAYS,
  [`relaypoint_broker_connected{${GATEWAY},connection="dp-gateway"}`]: ALWAYS,
  [`relaypoint_broker_connected{${GATEWAY},connection="dp-gateway-polls"}`]: ALWAYS,
  [`relaypoint_broker_blocked{${SERVER},connection="server"}`]: NEVER,
  [`relaypoint_dependency_up{${SERVER},dependency="database"}`]: ALWAYS,
  [`relaypoint_dps_overdue{${SERVER}}`]: NEVER,
  [`relaypoint_dps_clock_off{${SERVER}}`]: NEVER,
  [`relaypoint_dps_without_account{${SERVER}}`]: NEVER,
  [`relaypoint_dps_audit_contradicted{${SERVER}}`]: NEVER,
  [`relaypoint_dp_overdue{${SERVER},dp="north"}`]: NEVER,
  [`relaypoint_dp_clock_offset_seconds{${SERVER},dp="north"}`]: NEVER,
  [`relaypoint_dp_account_missing{${SERVER},dp="north"}`]: NEVER,
  [`relaypoint_orders_oldest_queued_seconds{${SERVER}}`]: '0+5x60',
  [`relaypoint_orders_deadline_late_seconds{${SERVER}}`]: NEVER,
  [`relaypoint_leases_lapsed_total{${SERVER}}`]: '3x60',
  [`relaypoint_orders_ended_total{${SERVER},result="succeeded"}`]: '0+2x60',
  [`relaypoint_orders_ended_total{${SERVER},result="failed",class="fix",code="DISK_FULL"}`]: '2x60',
  [`relaypoint_order_failures_total{${SERVER},code="UNKNOWN",phase="install"}`]: NEVER,
  [`relaypoint_tickets_total{${SERVER},outcome="published"}`]: '0+2x60',
  [`relaypoint_tickets_total{${SERVER},outcome="refused"}`]: '7x60',
  [`relaypoint_tickets_total{${SERVER},outcome="lost"}`]: '7x60',
  [`relaypoint_dead_letters{${SERVER},queue="relaypoint.status.dead"}`]: NEVER,
  [`relaypoint_brakes_open{${SERVER},by="failures"}`]: NEVER,
  // what people have done is no fault
  [`relaypoint_brakes_open{${SERVER},by="person"}`]: ALWAYS,
  [`relaypoint_rollouts_paused{${SERVER},kind="stop"}`]: NEVER,
  [`relaypoint_rollouts_paused{${SERVER},kind="person"}`]: ALWAYS,
  [`relaypoint_import_works_total{${IMPORTER},work="read",outcome="done",by="person"}`]: '0+1x60',
  [`relaypoint_import_works_total{${IMPORTER},work="read",outcome="failed",by="person"}`]: '1x60',
  // told as the directory's
  [`relaypoint_import_works_total{${IMPORTER},work="read",outcome="failed",by="schedule"}`]: '0+1x60',
  [`relaypoint_directory_sync_failures{${SERVER},directory="ad"}`]: ALWAYS,
  [`relaypoint_directory_sync_late_seconds{${SERVER},directory="ad"}`]: '30x60',
  // a link comes within seconds; that one is seen without it, now and then, is no fault
  [`relaypoint_audit_unlinked_entries{${SERVER}}`]: '0x20 1x20 0x20',
  [`relaypoint_notification_deliveries_total{${SERVER},channel="webhook",outcome="DELIVERED"}`]: '0+1x60',
  [`relaypoint_notification_deliveries_total{${SERVER},channel="webhook",outcome="REFUSED"}`]: '9x60',
  [`relaypoint_http_faults_total{${SERVER}}`]: '4x60',
  // a DP whose clock is off, once a minute
  [`relaypoint_gateway_refused_total{${GATEWAY},code="UNAUTHENTICATED"}`]: '0+1x60',
  [`relaypoint_gateway_calls_total{${GATEWAY},call="orders.claim",outcome="unanswered"}`]: '8x60',
  [`relaypoint_report_lag_seconds_bucket{${SERVER},le="1"}`]: '0+60x60',
  [`relaypoint_report_lag_seconds_bucket{${SERVER},le="120"}`]: '0+60x60',
  [`relaypoint_report_lag_seconds_bucket{${SERVER},le="+Inf"}`]: '0+60x60',
  [`relaypoint_database_wait_seconds_bucket{${SERVER},le="0.001"}`]: '0+60x60',
  [`relaypoint_database_wait_seconds_bucket{${SERVER},le="1"}`]: '0+60x60',
  [`relaypoint_database_wait_seconds_bucket{${SERVER},le="+Inf"}`]: '0+60x60',
  [`nodejs_eventloop_lag_p99_seconds{${SERVER}}`]: '0.02x60',
};

export interface RaisedCase {
  readonly alert: string;
  readonly why: string;
  /** What differs from {@link HEALTHY}. */
  readonly series: Readonly<Record<string, string>>;
  /** Labels of the alerts that it raises, beside those of the rule; none: it is not raised. */
  readonly of: readonly Readonly<Record<string, string>>[];
}

const of = (labels: string): Record<string, string> =>
  Object.fromEntries(
    Array.from(labels.matchAll(/(\w+)="([^"]*)"/g), ([, name = '', value = '']) => [name, value]),
  );

/** The last ten minutes. */
const LATELY = (before: string, after: string): string => `${before}x50 ${after}x9`;

function raised(alert: string, why: string, series: Record<string, string>, ...labels: string[]): RaisedCase {
  return { alert, why, series, of: labels.map(of) };
}

const OVERDUE = {
  [`relaypoint_dp_overdue{${SERVER},dp="north"}`]: LATELY('0', '1'),
  [`relaypoint_dps_overdue{${SERVER}}`]: LATELY('0', '1'),
};
const UNANSWERED = {
  [`relaypoint_gateway_calls_total{${GATEWAY},call="orders.claim",outcome="unanswered"}`]: '0+10x60',
};
const DEAF_GATEWAY = (connected: string): Record<string, string> => ({
  [`relaypoint_broker_connected{${GATEWAY},connection="dp-gateway"}`]: connected,
  [`relaypoint_broker_connected{${GATEWAY},connection="dp-gateway-polls"}`]: connected,
});

/** Each alert, what raises it, and of what it tells. */
export const RAISED: RaisedCase[] = [
  raised(
    'RelaypointProgramDown',
    'a gateway does not answer',
    { [`up{${GATEWAY}}`]: LATELY('1', '0') },
    GATEWAY,
  ),
  raised(
    'RelaypointBrokerAway',
    'one of the connections of a program is gone',
    { [`relaypoint_broker_connected{${GATEWAY},connection="dp-gateway-polls"}`]: LATELY('1', '0') },
    GATEWAY,
  ),
  raised(
    'RelaypointBrokerBlocked',
    'the broker has an alarm',
    { [`relaypoint_broker_blocked{${SERVER},connection="server"}`]: LATELY('0', '1') },
    SERVER,
  ),
  raised(
    'RelaypointDatabaseAway',
    'the database takes no write',
    { [`relaypoint_dependency_up{${SERVER},dependency="database"}`]: LATELY('1', '0') },
    `${SERVER},dependency="database"`,
  ),
  raised('RelaypointDpOverdue', 'a DP is not heard of', OVERDUE, 'dp="north"'),
  raised(
    'RelaypointDpOverdue',
    'one of too many DPs is not heard of',
    {
      [`relaypoint_dp_overdue{${SERVER},dp="north"}`]: '_x60',
      [`relaypoint_dps_overdue{${SERVER}}`]: LATELY('0', '1'),
    },
    '',
  ),
  raised(
    'RelaypointDpClockOff',
    'a DP is refused for its clock, and is not overdue as well',
    {
      [`relaypoint_dp_overdue{${SERVER},dp="north"}`]: LATELY('0', '1'),
      [`relaypoint_dp_clock_offset_seconds{${SERVER},dp="north"}`]: LATELY('0', '-300'),
    },
    'dp="north"',
  ),
  raised(
    'RelaypointDpAccountMissing',
    'a DP can open no account',
    {
      [`relaypoint_dp_account_missing{${SERVER},dp="north"}`]: '0x40 1x19',
      [`relaypoint_dps_without_account{${SERVER}}`]: '0x40 1x19',
    },
    'dp="north"',
  ),
  raised(
    'RelaypointOrdersNotFetched',
    'an order lies there while its DP polls',
    { [`relaypoint_orders_oldest_queued_seconds{${SERVER}}`]: '0+60x60' },
    '',
  ),
  raised(
    'RelaypointLeasesLapsing',
    'DPs say nothing of what they took',
    { [`relaypoint_leases_lapsed_total{${SERVER}}`]: '0+1x60' },
    '',
  ),
  raised(
    'RelaypointOrdersFailing',
    'half of the orders fail',
    { [`relaypoint_orders_ended_total{${SERVER},result="failed",class="fix",code="DISK_FULL"}`]: '0+2x60' },
    '',
  ),
  raised(
    'RelaypointUnknownFailures',
    'a sign is in no list',
    { [`relaypoint_order_failures_total{${SERVER},code="UNKNOWN",phase="install"}`]: LATELY('0', '1') },
    '',
  ),
  raised(
    'RelaypointTicketsRefused',
    'a queue takes no tickets',
    { [`relaypoint_tickets_total{${SERVER},outcome="refused"}`]: LATELY('7', '9') },
    '',
  ),
  raised(
    'RelaypointTicketsLost',
    'tickets were missing',
    { [`relaypoint_tickets_total{${SERVER},outcome="lost"}`]: LATELY('7', '9') },
    '',
  ),
  raised(
    'RelaypointDeadlinesLate',
    'nobody looks at deadlines',
    { [`relaypoint_orders_deadline_late_seconds{${SERVER}}`]: '0x50 0+60x9' },
    '',
  ),
  raised(
    'RelaypointDeadLetters',
    'a message was given up',
    { [`relaypoint_dead_letters{${SERVER},queue="relaypoint.status.dead"}`]: LATELY('0', '1') },
    'queue="relaypoint.status.dead"',
  ),
  raised(
    'RelaypointBrakeTripped',
    'failures tripped a brake',
    { [`relaypoint_brakes_open{${SERVER},by="failures"}`]: LATELY('0', '1') },
    '',
  ),
  raised(
    'RelaypointRolloutStopped',
    'a rollout has stopped itself',
    { [`relaypoint_rollouts_paused{${SERVER},kind="stop"}`]: LATELY('0', '1') },
    'kind="stop"',
  ),
  raised(
    'RelaypointImportFailed',
    'a file could not be read',
    {
      [`relaypoint_import_works_total{${IMPORTER},work="read",outcome="failed",by="person"}`]: LATELY(
        '1',
        '2',
      ),
    },
    'work="read"',
  ),
  raised(
    'RelaypointDirectorySyncFailing',
    'a directory failed twice',
    { [`relaypoint_directory_sync_failures{${SERVER},directory="ad"}`]: LATELY('0', '2') },
    'directory="ad"',
  ),
  raised(
    'RelaypointDirectorySyncLate',
    'nobody reads a directory',
    { [`relaypoint_directory_sync_late_seconds{${SERVER},directory="ad"}`]: '0+60x60' },
    'directory="ad"',
  ),
  raised(
    'RelaypointAuditNotLinked',
    'no server links the audit, or it has an entry that none can link',
    { [`relaypoint_audit_unlinked_entries{${SERVER}}`]: '0x20 3x40' },
    '',
  ),
  raised(
    'RelaypointAuditContradicted',
    'a DP was told another audit than before',
    { [`relaypoint_dps_audit_contradicted{${SERVER}}`]: '0x58 1x2' },
    '',
  ),
  raised(
    'RelaypointNoticesNotDelivered',
    'a webhook refuses',
    { [`relaypoint_notification_deliveries_total{${SERVER},channel="webhook",outcome="REFUSED"}`]: '0+1x60' },
    'channel="webhook"',
  ),
  raised(
    'RelaypointServerErrors',
    'a request met a fault',
    { [`relaypoint_http_faults_total{${SERVER}}`]: LATELY('4', '5') },
    'instance="server:3000"',
  ),
  raised(
    'RelaypointGatewayRefusing',
    'somebody tries tokens',
    { [`relaypoint_gateway_refused_total{${GATEWAY},code="UNAUTHENTICATED"}`]: '0+60x60' },
    '',
  ),
  raised('RelaypointServerUnanswered', 'no server answers calls', UNANSWERED, ''),
  raised(
    'RelaypointReportsLate',
    'reports wait',
    { [`relaypoint_report_lag_seconds_bucket{${SERVER},le="1"}`]: '0x60' },
    '',
  ),
  raised(
    'RelaypointDatabaseBusy',
    'operations wait for a connection',
    { [`relaypoint_database_wait_seconds_bucket{${SERVER},le="0.001"}`]: '0x60' },
    'job="relaypoint-server"',
  ),
  raised(
    'RelaypointEventLoopBusy',
    'a program computes without a pause',
    { [`nodejs_eventloop_lag_p99_seconds{${SERVER}}`]: LATELY('0.02', '2') },
    SERVER,
  ),
  raised(
    'RelaypointProgramDown',
    'no gateway is there, and no DP is overdue for that',
    { ...OVERDUE, ...DEAF_GATEWAY('_x60'), [`up{${GATEWAY}}`]: '_x60' },
    'job="relaypoint-gateway"',
  ),
  raised(
    'RelaypointProgramDown',
    'nobody scrapes a server',
    { [`up{${SERVER}}`]: '_x60' },
    'job="relaypoint-server"',
  ),
  raised(
    'RelaypointBrokerAway',
    'no gateway has a broker, and no DP is overdue for that',
    { ...OVERDUE, ...DEAF_GATEWAY(LATELY('1', '0')) },
    GATEWAY,
  ),
  raised(
    'RelaypointBrokerAway',
    'a server has no broker, and no DP is overdue for that',
    { ...OVERDUE, [`relaypoint_broker_connected{${SERVER},connection="server"}`]: LATELY('1', '0') },
    SERVER,
  ),
  raised(
    'RelaypointBrokerBlocked',
    'no DP is overdue for that',
    { ...OVERDUE, [`relaypoint_broker_blocked{${SERVER},connection="server"}`]: LATELY('0', '1') },
    SERVER,
  ),
  raised(
    'RelaypointDpOverdue',
    'one of two gateways is there, and an importer has no broker',
    {
      ...OVERDUE,
      [`relaypoint_broker_connected{${GATEWAY_2},connection="dp-gateway"}`]: '1x50 _x9',
      [`relaypoint_broker_connected{${IMPORTER},connection="importer"}`]: '1x59 0',
    },
    'dp="north"',
  ),
  raised(
    'RelaypointOrdersNotFetched',
    'an order lies there while its DP polls, and another DP does not',
    {
      [`relaypoint_orders_oldest_queued_seconds{${SERVER}}`]: '0+60x60',
      [`relaypoint_dp_overdue{${SERVER},dp="north"}`]: '0x57 1x2',
      [`relaypoint_dps_overdue{${SERVER}}`]: '0x57 1x2',
    },
    '',
  ),
  raised(
    'RelaypointDatabaseAway',
    'calls are not answered for that',
    { ...UNANSWERED, [`relaypoint_dependency_up{${SERVER},dependency="database"}`]: LATELY('1', '0') },
    `${SERVER},dependency="database"`,
  ),
  raised(
    'RelaypointServerUnanswered',
    'one of two servers was started anew, and an importer has no broker',
    {
      ...UNANSWERED,
      [`up{${SERVER_2}}`]: '1x56 0x1 1x1',
      [`relaypoint_broker_connected{${IMPORTER},connection="importer"}`]: '1x59 0',
    },
    '',
  ),
  raised('RelaypointServerUnanswered', 'is not said while no server was up throughout', {
    ...UNANSWERED,
    [`up{${SERVER}}`]: '1x56 0x1 1x1',
  }),
];
