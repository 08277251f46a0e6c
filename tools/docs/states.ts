import type { ComputerState, OrderState } from '#domain';
import { code, GENERATED, table, type Domain, type Texts } from './tables.ts';

type MovesOf<Table> = {
  readonly [From in keyof Table]: Table[From] extends readonly (infer To extends string)[]
    ? Readonly<Record<To, string>>
    : never;
};

/** What makes an order move. The compiler asks for one sentence for each move of the table, no more and no less. */
const ORDER_CAUSES: MovesOf<Domain['ORDER_TRANSITIONS']> = {
  planned: {
    queued: 'its ticket was put on the order queue',
    leased: 'the DP claimed it before the dispatcher had noted that the ticket was sent',
    succeeded: 'the client registered, or the last holder of a lapsed lease reports success',
    failed: 'the last holder of a lapsed lease reports a failure that is not tried again',
    cancelled: 'an administrator cancelled it',
    expired: 'its time ran out',
  },
  queued: {
    leased: 'the DP claimed it',
    planned:
      'held back at the claim; or the queue did not take the ticket of a new order; or the last holder of a lapsed lease failed and another attempt follows',
    running: 'the last holder of a lapsed lease reports that it is still at work, and nobody else has it',
    succeeded: 'the client registered, or the last holder of a lapsed lease reports success',
    failed: 'the last holder of a lapsed lease reports a failure that is not tried again',
    cancelled: 'an administrator cancelled it',
    expired: 'its time ran out',
  },
  leased: {
    running: 'the DP reports that it has stored the order, or progress',
    queued: 'the lease lapsed; costs no attempt',
    planned: 'the try failed and another one follows, or the DP gave it back undone',
    cancelling: 'an administrator cancels it',
    succeeded: 'the DP reports success, or the client registered',
    failed: 'the DP reports a failure that is not tried again',
  },
  running: {
    succeeded: 'the DP reports success, or the client registered',
    failed: 'the DP reports a failure that is not tried again',
    planned:
      'another attempt follows: the try failed, took too long, or the DP gave it back undone; or the next DP on the route gets it, because this one cannot reach the computer',
    queued: 'the lease lapsed: outcome unknown, the next holder looks at the computer first',
    cancelling: 'an administrator cancels it',
  },
  cancelling: {
    cancelled: 'the DP says so; or the deadline passed and this attempt was never accepted',
    succeeded: 'too late: it was done already, or the client registered',
    failed: 'the DP reports a failure; nothing is tried again',
    'outcome-unknown': 'the deadline passed after the DP had accepted this attempt',
  },
  succeeded: {},
  failed: {},
  cancelled: {},
  expired: {},
  'outcome-unknown': {},
};

const COMPUTER_CAUSES: MovesOf<Domain['COMPUTER_TRANSITIONS']> = {
  imported: {
    releasing: 'an administrator released it',
    'pending-restart': 'the client of a cancelled order registers all the same, restart due',
    ready: 'the client of a cancelled order registers all the same, no restart due',
  },
  releasing: {
    imported: 'the order was cancelled before any DP accepted it',
    'install-failed': 'the order failed, expired, ended unknown, or was cancelled after it had begun',
    'awaiting-registration': 'the DP reported success',
    'pending-restart': 'the client registered before the DP reported, restart due',
    ready: 'the client registered before the DP reported, no restart due',
  },
  'install-failed': {
    releasing: 'an administrator released it again',
    'pending-restart': 'the client of the last order registers late, restart due',
    ready: 'the client of the last order registers late, no restart due',
  },
  'awaiting-registration': {
    'pending-restart': 'the client registered, restart due',
    ready: 'the client registered, no restart due',
    'install-failed': 'the client has not registered in time (alert `REGISTER_TIMEOUT`)',
  },
  'pending-restart': { ready: 'a contact shows another boot id, or that no restart is needed any more' },
  ready: {
    'pending-restart':
      'the client was installed again and has registered, restart due; or the DP says so later than the client registered',
    retired: 'an administrator retired it',
  },
  retired: {},
};

const ORDER_MEANINGS: Readonly<Record<OrderState, string>> = {
  planned: 'exists; no ticket is on the queue. `heldBack` says why when there is a reason',
  queued: 'a ticket is on the order queue, or is about to be put there',
  leased: 'given to the DP, which has not said yet that it has stored it',
  running: 'the DP has accepted it',
  cancelling: 'the DP is asked to stop; has a deadline',
  succeeded: '`result` is `OK` or a code of class done',
  failed: '`failure` says why; a retry makes a new order',
  cancelled: 'stopped by an administrator',
  expired: 'not handed over in time',
  'outcome-unknown': 'cancelled after it was accepted, and the DP never said how it ended',
};

/** A Mermaid diagram of a table of moves. Mermaid takes no hyphens in names, so states get a name and a label. */
function diagram(moves: Readonly<Record<string, readonly string[]>>, start: string): string {
  const name = (state: string): string => state.replaceAll('-', '_');
  const states = Object.entries(moves);
  return [
    '```mermaid',
    'stateDiagram-v2',
    ...states
      .filter(([state]) => state.includes('-'))
      .map(([state]) => `  state "${state}" as ${name(state)}`),
    `  [*] --> ${name(start)}`,
    ...states.flatMap(([from, to]) => to.map((next) => `  ${name(from)} --> ${name(next)}`)),
    ...states.filter(([, to]) => to.length === 0).map(([state]) => `  ${name(state)} --> [*]`),
    '```',
  ].join('\n');
}

function causes(table_: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const rows = Object.entries(table_).flatMap(([from, to]) =>
    Object.entries(to).map(([next, cause]) => [code(from), code(next), cause]),
  );
  return table(['from', 'to', 'when'], rows);
}

/** docs/states.md: both machines. */
export function statesPage(domain: Domain, { LANGUAGES, textIn }: Texts): string {
  const titles = (state: ComputerState | OrderState): string[] =>
    LANGUAGES.map((language) => textIn(language, { key: `state.${state}` }));
  const { COMPUTER_TRANSITIONS, COMPUTER_STATES, ORDER_TRANSITIONS, ORDER_STATES } = domain;
  const folder = (state: ComputerState): string =>
    domain.isRegistered(state) ? 'registered' : 'not yet registered';
  return [
    GENERATED,
    '# States',
    'Two machines, each one table in `libs/domain`. A state changes by comparing the revision that was read; whoever loses that race reads and decides again.',
    '## Computer',
    diagram(COMPUTER_TRANSITIONS, 'imported'),
    table(
      ['state', 'shown as', 'auf Deutsch', 'folder'],
      COMPUTER_STATES.map((state) => [code(state), ...titles(state), folder(state)]),
    ),
    causes(COMPUTER_CAUSES),
    'A computer can be deleted while it is not registered, and when it is retired. The DP given at import stays fixed in every state of the folder "not yet registered"; the registration lifts it in the same write.',
    '## Install order',
    diagram(ORDER_TRANSITIONS, 'planned'),
    table(
      ['state', 'shown as', 'auf Deutsch', 'means'],
      ORDER_STATES.map((state) => [code(state), ...titles(state), ORDER_MEANINGS[state]]),
    ),
    causes(ORDER_CAUSES),
    'Reasons for which a planned order is held back:',
    table(
      ['`heldBack.code`', 'lifted when'],
      domain.HOLD_CODES.map((hold) => [code(hold), HOLD_ENDS[hold]]),
    ),
    '',
  ].join('\n\n');
}

const HOLD_ENDS: Readonly<Record<Domain['HOLD_CODES'][number], string>> = {
  NOT_BEFORE: 'its time comes',
  DP_DISABLED: 'the DP is enabled again',
  DP_CONCURRENCY: 'the DP has finished other orders',
  ACCOUNT_NOT_SEALED: 'an account is entered that the DP can open',
  DP_PLATFORM: 'the DP tells of a method for the operating system',
  ACCOUNT_UNPROVEN: 'other logins with its account have worked; few are under way at once',
  WINDOW_CLOSED: 'the maintenance window opens',
  BRAKE: 'a person releases the brake',
  ROLLOUT_PAUSED: 'a person resumes the rollout, or its part at this DP',
  RETRY: 'the wait before the next attempt is over',
  UNREACHABLE: 'the next look at the computer is due',
};
