import { CLIENT_UNINSTALLED } from './computer-alert.js';
import { installingDp, type Computer, type ComputerOutcome, type OpenOrder } from './computer.js';
import { isRegistered } from './computer-state.js';
import { DomainError } from '../base/errors.js';
import { SERVER_DP, type DpId, type ReleaseVersion } from '../base/ids.js';
import type { OrderKind } from '../orders/install-order.js';

/** What an administrator may have done on a computer, beside installing its client for the first time. */
export const COMPUTER_ACTIONS = ['restart', 'reinstall', 'uninstall', 'probe'] as const;
export type ComputerAction = (typeof COMPUTER_ACTIONS)[number];

export function kindOfAction(action: ComputerAction): OrderKind {
  return action === 'uninstall' ? 'uninstall-client' : action;
}

/**
 * DPs that try an action in turn (R11): on a registered computer the server DP directly, then the DP that location rules
 * gave it; on one that is not registered yet the DP that would install it.
 *
 * @param direct whether the server DP is tried at all when there is an assigned DP
 */
export function routeOf(computer: Computer, direct: boolean): readonly [DpId, ...DpId[]] {
  if (!isRegistered(computer.state)) return [installingDp(computer, SERVER_DP)];
  const { assigned } = computer.dp;
  if (assigned === null || assigned === SERVER_DP) return [SERVER_DP];
  return direct ? [SERVER_DP, assigned] : [assigned];
}

/**
 * The computer gets the whole intent of the action's order; its state stays.
 *
 * @returns no change when an order of this kind is open already: asking twice gives the same order
 * @throws DomainError WRONG_STATE when another order is open, when it is retired, or when it is not registered (a probe
 * may look at any computer)
 */
export function startAction(computer: Computer, intent: OpenOrder): ComputerOutcome {
  const { openOrder, hostName: name, state } = computer;
  if (openOrder?.kind === intent.kind) return { changed: false };
  const isFit = isRegistered(state) ? state !== 'retired' : intent.kind === 'probe';
  if (!isFit) {
    throw new DomainError('WRONG_STATE', 'computer.actionNeedsRegistered', { name, state });
  }
  if (openOrder) {
    throw new DomainError('WRONG_STATE', 'computer.openOrderOfKind', { name, kind: openOrder.kind });
  }
  return { changed: true, computer: { ...computer, openOrder: intent } };
}

/** Alerts by which nobody knows whether the client is still there: it was taken away, or never called after it was installed again. */
const CLIENT_IN_DOUBT: readonly string[] = [CLIENT_UNINSTALLED, 'REGISTER_TIMEOUT'];

/** Whether the client of this release is what runs there, as far as the client has said: to install it again changes nothing. */
export function hasRelease({ state, client, alerts }: Computer, release: ReleaseVersion): boolean {
  if (!isRegistered(state) || state === 'retired') return false;
  return client?.version === release && !alerts.some(({ code }) => CLIENT_IN_DOUBT.includes(code));
}
