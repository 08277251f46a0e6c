import { api, take, type Schema } from '../../api.js';
import type { BulkAction, Outcome } from '../../lists/bulk.js';
import { formats } from '../../formats.js';
import { dpNameSeen, dpWords } from '../../names.js';
import { text, type TextKey } from '../../texts.js';
import { orderOutcome } from '../orders/order-outcome.js';
import { FORCE_FIELD, RELEASE_FIELDS, releaseWish } from './computer-fields.js';

type Computer = Schema['ComputerDto'];
type OrderResult = Schema['OrderResultDto'];

const ids = (computers: readonly Computer[]): string[] => computers.map(({ id }) => id);
const where = ({ openOrder, dp }: Computer): string => {
  const id = openOrder?.dp ?? dp.fixed;
  return id === null ? text('dp.none') : dpWords(dpNameSeen(id));
};
const stateOf = ({ state }: Computer): TextKey => `state.${state}` as TextKey;

/** What can be done to many computers, with the rules of the server for the count beforehand; the server decides. */
export const COMPUTER_BULKS: readonly BulkAction<Computer>[] = [
  {
    name: 'release',
    title: 'bulk.release',
    explain: 'explain.release',
    fields: RELEASE_FIELDS,
    refuses: (one) => (one.state === 'imported' || one.state === 'install-failed' ? null : stateOf(one)),
    group: where,
    run: async (computers, values) => {
      const body = { computers: ids(computers), ...releaseWish(values) };
      const later = body.notBefore && formats().short.format(new Date(body.notBefore));
      const { results } = await take(api.POST('/api/v1/computers/release', { body }));
      return results.map(({ computer, code, message, via, dp }) => ({
        id: computer,
        ...(code && { code }),
        message: code
          ? message
          : later
            ? text('outcome.later', { at: later })
            : text(via === 'dp' ? 'outcome.dp' : 'outcome.serverDp', {
                dp: dp === null || dp === undefined ? '' : dpNameSeen(dp),
              }),
      }));
    },
  },
  {
    name: 'cancel',
    title: 'bulk.cancel',
    explain: 'explain.cancel',
    refuses: ({ openOrder }) => (openOrder ? null : 'bulk.noOrder'),
    group: where,
    run: (computers) =>
      byOrder(
        computers,
        ({ openOrder }) => openOrder?.id,
        async (orders) => (await take(api.POST('/api/v1/orders/cancel', { body: { orders } }))).results,
      ),
  },
  {
    name: 'retry',
    title: 'bulk.retry',
    explain: 'explain.retry',
    refuses: ({ openOrder, lastOrder, state }) =>
      openOrder || (state === 'install-failed' && lastOrder !== null) ? null : 'bulk.noOrder',
    group: where,
    run: (computers) =>
      byOrder(
        computers,
        ({ openOrder, lastOrder }) => openOrder?.id ?? lastOrder,
        async (orders) => (await take(api.POST('/api/v1/orders/retry', { body: { orders } }))).results,
      ),
  },
  {
    name: 'delete',
    title: 'bulk.delete',
    explain: 'explain.delete',
    danger: true,
    fields: [FORCE_FIELD],
    refuses: (one) =>
      ['imported', 'releasing', 'install-failed', 'retired'].includes(one.state) ? null : stateOf(one),
    group: (one) => text(stateOf(one)),
    run: async (computers, { force }) => {
      const body = { computers: ids(computers), ...(force && { force: true }) };
      const { results } = await take(api.POST('/api/v1/computers/delete', { body }));
      return results.map(({ computer, code, message }) => ({
        id: computer,
        ...(code && { code }),
        message: code ? message : text('outcome.deleted'),
      }));
    },
  },
];

/** Does something to the computers' orders, and tells it by computer. */
async function byOrder(
  computers: readonly Computer[],
  orderOf: (computer: Computer) => string | null | undefined,
  run: (orders: string[]) => Promise<readonly OrderResult[]>,
): Promise<Outcome[]> {
  const owners = new Map(computers.map((one) => [orderOf(one) ?? '', one.id]));
  const results = await run([...owners.keys()]);
  return results.map((result) => ({ ...orderOutcome(result), id: owners.get(result.order) ?? result.order }));
}
