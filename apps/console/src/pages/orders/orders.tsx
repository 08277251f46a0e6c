import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { BulkDialog, type BulkAction } from '../../lists/bulk.js';
import { FailureName, SmallCode } from '../../codes.js';
import { DpFilter } from '../../lists/dp-filter.js';
import { ServerList, type Column } from '../../lists/list.js';
import { DpName, dpNameSeen, dpWords, FilterChip, TenantName } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { nothing, useSelection } from '../../lists/selection.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Heading, State } from '../../show.js';
import { named, type TextKey, useT } from '../../texts.js';
import type { Chosen } from '../../lists/table.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';
import { orderOutcome } from './order-outcome.js';

type Order = Schema['OrderDto'];
const STATES: readonly Order['state'][] = [
  'planned',
  'queued',
  'leased',
  'running',
  'cancelling',
  'succeeded',
  'failed',
  'cancelled',
  'expired',
  'outcome-unknown',
];
const FILTERS = ['state', 'dp', 'failure', 'computer', 'kind', 'tenant', 'brake'] as const;
const FILTER_NAMES = {
  state: 'state',
  dp: 'dp',
  failure: 'failure',
  computer: 'computer',
  kind: 'kind',
  tenant: 'tenant',
  brake: 'brake',
} as const satisfies Record<(typeof FILTERS)[number], TextKey>;
const ENDED: readonly Order['state'][] = STATES.slice(5);

const BULKS: readonly BulkAction<Order>[] = [
  {
    name: 'cancel',
    title: 'bulk.orders.cancel',
    explain: 'explain.cancel',
    refuses: ({ state }) => (ENDED.includes(state) ? `state.${state}` : null),
    group: ({ dp }) => dpWords(dpNameSeen(dp)),
    run: async (orders) => {
      const body = { orders: orders.map(({ id }) => id) };
      return (await take(api.POST('/api/v1/orders/cancel', { body }))).results.map(orderOutcome);
    },
  },
  {
    name: 'retry',
    title: 'bulk.orders.retry',
    explain: 'explain.retry',
    refuses: ({ state }) =>
      state === 'planned' || (ENDED.includes(state) && state !== 'succeeded') ? null : `state.${state}`,
    group: ({ dp }) => dpWords(dpNameSeen(dp)),
    run: async (orders) => {
      const body = { orders: orders.map(({ id }) => id) };
      return (await take(api.POST('/api/v1/orders/retry', { body }))).results.map(orderOutcome);
    },
  },
];

function nameOf({ computer, computerName }: Order): ReactNode {
  return (
    <Anchor component={Link} to={`/computers/${computer}`} size="sm" title={computer}>
      {computerName ?? <SmallCode of={computer} inherit />}
    </Anchor>
  );
}

const COLUMNS: readonly Column<Order>[] = [
  {
    title: 'computer',
    width: 1.6,
    cell: nameOf,
  },
  {
    title: 'kind',
    sort: 'kind',
    width: 1.2,
    cell: ({ id, kind }) => (
      <Anchor component={Link} to={`/orders/${id}`} size="sm" title={id}>
        <Kind of={kind} />
      </Anchor>
    ),
  },
  { title: 'state', sort: 'state', width: 1.5, cell: ({ state }) => <State of={state} /> },
  { title: 'dp', sort: 'dp', cell: ({ dp }) => <DpName id={dp} /> },
  {
    title: 'failure',
    isLong: true,
    sort: 'failure',
    width: 4.2,
    cell: ({ failure, heldBack }) => <Why failure={failure} heldBack={heldBack} />,
  },
  { title: 'attempt', width: 0.8, isNumber: true, cell: ({ attempt, attempts }) => `${attempt}/${attempts}` },
  { title: 'createdAt', sort: 'createdAt', width: 1.4, cell: ({ createdAt }) => <Age at={createdAt} /> },
  {
    title: 'endedAt',
    sort: 'endedAt',
    width: 1.4,
    hidden: true,
    cell: ({ endedAt }) => <Age at={endedAt} />,
  },
  { title: 'tenant', sort: 'tenant', hidden: true, cell: ({ tenant }) => <TenantName id={tenant} /> },
  { title: 'requestedBy', hidden: true, cell: ({ requestedBy }) => requestedBy },
];

/** Why it does not go on, or ended; hovering says it in words. */
function Why({ failure, heldBack }: Pick<Order, 'failure' | 'heldBack'>): ReactNode {
  useT(); // drawn again when the language changes
  if (heldBack) return <Worded words={named('wait', heldBack.code)} code={heldBack.code} />;
  if (failure) return <FailureName code={failure.code} />;
  return '–';
}

/** Words for people, and small beside them the code for those who search for it. */
function Worded({ words, code }: { words: string; code: string }): ReactNode {
  return (
    <span title={`${words} (${code})`}>
      {words} <SmallCode of={code} />
    </span>
  );
}

function Kind({ of }: { of: Order['kind'] }): ReactNode {
  const t = useT();
  return t(`kind.${of}`);
}

export function Component(): ReactNode {
  const t = useT();
  const mayChange = useMay('operator');
  const [params, choose] = useUrlChoices();
  const [asked, setAsked] = useState<{ bulk: BulkAction<Order>; of: Chosen<Order> } | null>(null);
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
  );
  const [chosen, setChosen] = useSelection<Order>(filter);
  const actions = useCallback(
    (order: Order): ReactNode => {
      const able = mayChange ? BULKS.filter(({ refuses }) => refuses(order) === null) : [];
      return (
        <RowMenu
          of={order.computerName ?? order.computer}
          actions={[
            ...able.map((bulk) => ({
              name: bulk.name,
              // what is ticked stays so
              onClick: () => setAsked({ bulk, of: { items: new Map([[order.id, order]]), all: false } }),
            })),
            { name: 'order.show', to: `/orders/${order.id}` },
            { name: 'computer', to: `/computers/${order.computer}` },
            { name: 'dp', to: `/distribution-points/${order.dp}` },
          ]}
        />
      );
    },
    [mayChange],
  );
  // made once: the list draws all its rows anew for a column that it does not know
  const columns = useMemo(
    () => [...COLUMNS, { title: 'actions', width: 0.8, cell: actions } as const],
    [actions],
  );
  const change = (name: string, value: string): void => choose({ [name]: value });
  const load = (page: { after?: string; limit: number; sort?: string }) =>
    take(api.GET('/api/v1/orders', { params: { query: { ...page, ...filter } } }));
  return (
    <>
      <Heading title={t('page.orders')} />
      <RoleNote least="operator" />
      <Group mb="sm" align="end">
        <Views list="orders" />
        <NativeSelect
          aria-label={t('state')}
          value={params.get('state') ?? ''}
          onChange={(event) => change('state', event.currentTarget.value)}
          data={[
            { value: '', label: t('allStates') },
            ...STATES.map((state) => ({ value: state, label: t(`state.${state}`) })),
          ]}
        />
        <DpFilter value={params.get('dp') ?? ''} onChange={(dp) => change('dp', dp)} />
        {FILTERS.map((name) =>
          params.get(name) && name !== 'state' && name !== 'dp' ? (
            <FilterChip
              key={name}
              name={name}
              label={t(FILTER_NAMES[name])}
              value={params.get(name) ?? ''}
              onClear={() => change(name, '')}
            />
          ) : null,
        )}
      </Group>
      <ServerList
        label={t('page.orders')}
        queryKey={['orders', 'list', filter]}
        load={load}
        sort="-createdAt"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t(Object.keys(filter).length > 0 ? 'empty.filtered' : 'empty.orders')}</Text>}
        selection={
          mayChange
            ? {
                chosen,
                onChange: setChosen,
                bar: () =>
                  BULKS.map((bulk) => (
                    <Button
                      key={bulk.name}
                      size="xs"
                      variant="default"
                      onClick={() => setAsked({ bulk, of: chosen })}
                    >
                      {t(bulk.name)}
                    </Button>
                  )),
              }
            : undefined
        }
      />
      {asked && (
        <BulkDialog
          action={asked.bulk}
          chosen={asked.of}
          load={(page) => load({ ...page, sort: '-createdAt' })}
          id={({ id }) => id}
          show={nameOf}
          changes={['orders', 'computers', 'overview']}
          onClose={() => setAsked(null)}
          onDone={() => {
            if (asked.of === chosen) setChosen(nothing());
          }}
        />
      )}
    </>
  );
}
