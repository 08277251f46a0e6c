import { api, take, type Schema } from '../../api.js';
import { text } from '../../texts.js';
import { heldNames, onlyOf } from './overview-names.js';

/** The one thing that needs somebody: its name, and its own page where that says more than the list. */
export interface Only {
  name: string;
  to?: string;
}

/** Asks for two: of several none is the one. */
const query = { limit: 2 } as const;

/** The one open brake, by what it holds. */
export async function onlyBrake(): Promise<Only | null> {
  const open = { ...query, open: true };
  const scope = onlyOf((await take(api.GET('/api/v1/brakes', { params: { query: open } }))).items)?.scope;
  if (!scope) return null;
  const { account, release, dp } = scope;
  const [ofAccount, ofDp] = await Promise.all([
    account === null ? null : api.GET('/api/v1/accounts/{id}', { params: { path: { id: account } } }),
    dp === null ? null : api.GET('/api/v1/distribution-points/{dp}', { params: { path: { dp } } }),
  ]);
  const label = ofAccount?.data?.label;
  const name = heldNames([
    label && `${text('account')} ${label}`,
    release && `${text('release.noun')} ${release}`,
    ofDp?.data?.name,
  ]);
  return name === null ? null : { name };
}

/** The one rollout that is paused. */
export async function onlyPausedRollout(): Promise<Only | null> {
  const paused = { ...query, state: 'paused' } as const;
  const rollout = onlyOf((await take(api.GET('/api/v1/rollouts', { params: { query: paused } }))).items);
  return rollout ? { name: rollout.name, to: `/rollouts/${rollout.id}` } : null;
}

/** The one DP of which something is to be looked at. */
export async function onlyDp(
  which: { overdue: true } | { withoutAccount: true } | { state: 'pending' },
): Promise<Only | null> {
  const params = { query: { ...query, ...which } };
  const dp = onlyOf((await take(api.GET('/api/v1/distribution-points', { params }))).items);
  return dp ? { name: dp.name } : null;
}

/** The one computer in a state. */
export async function onlyComputer(state: Schema['ComputerState']): Promise<Only | null> {
  const params = { query: { ...query, state, countTo: 1 } };
  const computer = onlyOf((await take(api.GET('/api/v1/computers', { params }))).items);
  return computer ? { name: computer.hostName } : null;
}
