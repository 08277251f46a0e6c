import {
  clockFaultOf,
  type DistributionPoint,
  lastSightingOf,
  OPEN_ORDER_STATES,
  openContradictions,
} from '#domain';
import { dpStatus } from '../../engine/distribution-points/dp-status.js';
import type { GaugeRule } from './gauge-rule.js';
import type { Installation } from './installation-look.js';

/** Of each enabled DP, where there are not too many to tell of each. */
function each(
  read: (dp: DistributionPoint, seen: Installation) => number | null,
): (seen: Installation) => [Record<string, string>, number][] {
  return (seen) =>
    (seen.ordersOfDps ? seen.dps : []).flatMap((dp): [Record<string, string>, number][] => {
      const value = dp.state === 'enabled' ? read(dp, seen) : null;
      return value === null ? [] : [[{ dp: dp.id }, value]];
    });
}

const isTrue = (said: boolean): number => (said ? 1 : 0);

/** Ten series for each DP; and sums, which are there however many DPs there are. */
export const DP_GAUGES: readonly GaugeRule[] = [
  {
    name: 'relaypoint_dps',
    help: 'Distribution points by status',
    labels: ['status'],
    read: ({ dps }) => {
      const counts = new Map<string, number>(['pending', 'enabled', 'disabled'].map((status) => [status, 0]));
      for (const dp of dps) counts.set(dpStatus(dp), (counts.get(dpStatus(dp)) ?? 0) + 1);
      return [...counts].map(([status, count]) => [{ status }, count]);
    },
  },
  {
    name: 'relaypoint_dps_overdue',
    help: 'Enabled DPs that were not heard of for more than three poll intervals',
    read: ({ overdue }) => [[{}, overdue.size]],
  },
  {
    name: 'relaypoint_dps_clock_off',
    help: 'Enabled DPs that are refused because of their clock',
    read: ({ dps }) => [[{}, dps.filter((dp) => dp.state === 'enabled' && clockFaultOf(dp) !== null).length]],
  },
  {
    name: 'relaypoint_dps_without_account',
    help: 'Enabled DPs whose orders wait because they can open none of their accounts',
    read: ({ lackingAccount }) => [[{}, lackingAccount.size]],
  },
  {
    name: 'relaypoint_dps_audit_contradicted',
    help: 'DPs that were told an audit which contradicts what they were told before, and nobody has accepted that',
    read: ({ dps }) => [[{}, dps.filter((dp) => openContradictions(dp).length > 0).length]],
  },
  {
    name: 'relaypoint_dp_info',
    help: 'What a DP says of itself; the value is always 1',
    labels: ['dp', 'name', 'version'],
    read: ({ dps, ordersOfDps }) =>
      (ordersOfDps ? dps : [])
        .filter(({ state }) => state === 'enabled')
        .map(({ id, name, agent }) => [{ dp: id, name, version: agent?.version ?? '' }, 1]),
  },
  {
    name: 'relaypoint_dp_overdue',
    help: 'Whether the DP was not heard of for more than three poll intervals',
    labels: ['dp'],
    read: each(({ id }, { overdue }) => isTrue(overdue.has(id))),
  },
  {
    name: 'relaypoint_dp_last_seen_timestamp_seconds',
    help: 'When the DP asked for orders last',
    labels: ['dp'],
    read: each((dp) => {
      const lastSeen = lastSightingOf(dp);
      return lastSeen ? lastSeen.at.getTime() / 1000 : null;
    }),
  },
  {
    name: 'relaypoint_dp_clock_offset_seconds',
    help: 'By how much the clock of the DP is ahead, where it is refused for that; else 0',
    labels: ['dp'],
    read: each((dp) => clockFaultOf(dp)?.off ?? 0),
  },
  {
    name: 'relaypoint_dp_account_missing',
    help: 'Whether orders of the DP wait because it can open none of its accounts',
    labels: ['dp'],
    read: each(({ id }, { lackingAccount }) => isTrue(lackingAccount.has(id))),
  },
  {
    name: 'relaypoint_dp_orders',
    help: 'Open orders of the DP by state',
    labels: ['dp', 'state'],
    read: ({ dps, ordersOfDps }) => {
      if (!ordersOfDps) return [];
      const counts = new Map(ordersOfDps.map(({ dp, state, count }) => [`${dp} ${state}`, count]));
      return dps
        .filter(({ state }) => state === 'enabled')
        .flatMap(({ id }) =>
          OPEN_ORDER_STATES.map((state): [Record<string, string>, number] => [
            { dp: id, state },
            counts.get(`${id} ${state}`) ?? 0,
          ]),
        );
    },
  },
];
