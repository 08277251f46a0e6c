import {
  canInstallOn,
  platformOf,
  type Caller,
  type Computer,
  type ComputerId,
  type ComputerOutcome,
  type DistributionPoint,
  DomainError,
  type DomainErrorCode,
  type DpId,
  hasRelease,
  type HoldCode,
  installingDp,
  installs,
  type OpenOrder,
  type OrderId,
  release,
  type ReleaseVersion,
  rolloutDp,
  type RolloutId,
  type RolloutKind,
  SERVER_DP,
  serves,
  startAction,
} from '#domain';
import { newId } from '#runtime';
import type { MessageDescriptor } from '#texts';
import type { Route } from './action-checks.js';
import {
  noAccount,
  noMethodMessage,
  notSealedMessage,
  scopeKey,
  type ReleaseContext,
} from './release-checks.js';

export interface ReleaseInput {
  /** Absent: `install-client`. Only rollouts install again this way; somebody who asks for it on one computer means it. */
  kind?: RolloutKind;
  /** Null: the default one of the computer's DP or tenant. */
  release: ReleaseVersion | null;
  notBefore: Date | null;
  note: string | null;
  /** The final order this one retries. */
  retryOf: OrderId | null;
  /** The rollout that asks for it, and the one order that it may make of this computer. */
  rollout?: { id: RolloutId; order: OrderId };
}

/** What became of one computer of a release. */
export interface ReleaseResult {
  computer: ComputerId;
  order: OrderId | null;
  /** Null: there is no such computer. */
  via: 'dp' | 'server-dp' | null;
  dp: DpId | null;
  /** Why its order cannot go out yet. */
  heldBack?: HoldCode;
  code?: DomainErrorCode;
  message: MessageDescriptor;
}

/** What is decided of one computer, and not written yet. */
export interface Decision {
  computer: Computer;
  result: ReleaseResult;
  /** The open order; absent when refused. */
  intent?: OpenOrder;
  changed: boolean;
}

/** Why a rollout does not install again. */
export const HAS_RELEASE = 'computer.hasRelease';

/** What reinstallations need beside the rest, read once. */
export interface ReinstallContext {
  /** DPs that try it in turn, or why none can. */
  routes: ReadonlyMap<ComputerId, Route | DomainError>;
  /** What is installed where no release is named, or why nothing is. */
  defaults: ReadonlyMap<ComputerId, ReleaseVersion | DomainError>;
}

/** Decides of one computer; nothing is written. */
export function decide(
  computer: Computer,
  context: ReleaseContext & { reinstalls: ReinstallContext },
  wish: ReleaseInput,
  caller: Caller,
  now: Date,
): Decision {
  const isReinstall = wish.kind === 'reinstall';
  const dpId = rolloutDp(wish.kind ?? 'install-client', computer);
  const isAssigned = isReinstall ? dpId !== SERVER_DP : computer.dp.fixed !== null;
  const via = isAssigned ? 'dp' : 'server-dp';
  const base = { computer: computer.id, via, dp: dpId } as const;
  if (computer.openOrder && installs(computer.openOrder.kind)) {
    const { id, dp } = computer.openOrder;
    const message = { key: 'order.alreadyReleased', params: { name: computer.hostName, order: id } } as const;
    return {
      computer,
      intent: computer.openOrder,
      changed: false,
      result: { ...base, dp, order: id, message },
    };
  }
  if (wish.rollout && computer.lastOrder === wish.rollout.order) {
    // it was made before, and has ended already
    const { order } = wish.rollout;
    const message = { key: 'order.alreadyReleased', params: { name: computer.name, order } } as const;
    return { computer, changed: false, result: { ...base, order, message } };
  }
  try {
    return isReinstall
      ? decideReinstall(computer, context.reinstalls, wish, caller, base, now)
      : decideRelease(computer, context, wish, caller, base, now);
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    const { code, descriptor: message } = error;
    return { computer, changed: false, result: { ...base, order: null, code, message } };
  }
}

type Base = Pick<ReleaseResult, 'computer' | 'via'> & { dp: DpId };

/** @throws DomainError why it cannot be released */
function decideRelease(
  computer: Computer,
  context: ReleaseContext,
  wish: ReleaseInput,
  caller: Caller,
  base: Base,
  now: Date,
): Decision {
  const found = wish.release ?? context.defaults.get(scopeKey(computer));
  const intent: OpenOrder = { ...intentOf(wish, caller, found, now), kind: 'install-client', dp: base.dp };
  const outcome = release(computer, intent, now);
  const account = context.accounts.get(scopeKey(computer));
  const dp = context.dps.get(base.dp);
  demandReady(computer, dp, account !== undefined);
  if (found instanceof DomainError) throw found;
  const result = { ...base, order: intent.id, ...waitingFor(computer, dp, account) };
  return decided(computer, outcome, intent, result);
}

/** @throws DomainError why it cannot be installed again */
function decideReinstall(
  computer: Computer,
  { routes, defaults }: ReinstallContext,
  wish: ReleaseInput,
  caller: Caller,
  base: Base,
  now: Date,
): Decision {
  const found = wish.release ?? defaults.get(computer.id);
  const route = routes.get(computer.id);
  const isKnown = route !== undefined && !(route instanceof DomainError);
  const intent: OpenOrder = {
    ...intentOf(wish, caller, found, now),
    kind: 'reinstall',
    ...(isKnown ? { dp: route[0], route } : { dp: base.dp }),
  };
  // a rollout that is asked for again, or after another one, leaves alone who has it; before the rule, for which a probe ends
  if (typeof found === 'string' && hasRelease(computer, found))
    throw new DomainError('WRONG_STATE', HAS_RELEASE, { name: computer.hostName, release: found });
  // whether the rule allows it at all is asked first: that answer helps more than one about a DP
  const outcome = startAction(computer, intent);
  if (route instanceof DomainError) throw route;
  if (found instanceof DomainError) throw found;
  const message = { key: 'order.queued', params: { name: computer.hostName, dp: base.dp } } as const;
  return decided(computer, outcome, intent, { ...base, order: intent.id, message });
}

/** What each order is made of, whatever its kind. */
function intentOf(
  wish: ReleaseInput,
  caller: Caller,
  found: ReleaseVersion | DomainError | undefined,
  now: Date,
): Omit<OpenOrder, 'kind' | 'dp'> {
  return {
    id: wish.rollout?.order ?? (newId() as OrderId),
    release: typeof found === 'string' ? found : null,
    notBefore: wish.notBefore ?? now,
    by: caller.name,
    note: wish.note,
    retryOf: wish.retryOf,
    ...(wish.rollout && { rollout: wish.rollout.id }),
    ...(caller.request && { correlation: caller.request }),
    at: now,
  };
}

function decided(
  computer: Computer,
  outcome: ComputerOutcome,
  intent: OpenOrder,
  result: ReleaseResult,
): Decision {
  return outcome.changed
    ? { computer: outcome.computer, intent, changed: true, result }
    : { computer, intent, changed: false, result };
}

/** What is said of a release, and why its order cannot go out yet. */
function waitingFor(
  computer: Computer,
  dp: DistributionPoint | undefined,
  account: 'usable' | 'not-sealed' | undefined,
): Pick<ReleaseResult, 'heldBack' | 'message'> {
  const id = installingDp(computer, SERVER_DP);
  if (dp && !canInstallOn(dp, platformOf(computer.inventory.os)))
    return { heldBack: 'DP_PLATFORM', message: noMethodMessage(computer, id) };
  if (account === 'not-sealed')
    return { heldBack: 'ACCOUNT_NOT_SEALED', message: notSealedMessage(computer, id) };
  return { message: releasedMessage(computer, id) };
}

/** @throws DomainError DP_NOT_ENABLED (R7), NO_ACCOUNT (R6) */
function demandReady(computer: Computer, dp: DistributionPoint | undefined, hasAccount: boolean): void {
  const id = installingDp(computer, SERVER_DP);
  if (!dp || !serves(dp, computer.tenant) || dp.state !== 'enabled') {
    const { hostName: name } = computer;
    throw id === SERVER_DP
      ? new DomainError('DP_NOT_ENABLED', 'serverDp.notEnabledToInstall', { name })
      : new DomainError('DP_NOT_ENABLED', 'dp.notEnabledToInstall', { dp: id, name });
  }
  if (!hasAccount) throw noAccount(id);
}

function releasedMessage({ hostName: name, dp: { fixed } }: Computer, dp: DpId): MessageDescriptor {
  return fixed
    ? { key: 'order.installQueued', params: { name, dp } }
    : { key: 'order.installDirect', params: { name } };
}
