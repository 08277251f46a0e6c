import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { useMay } from '../session.js';
import { Heading, State, Time } from '../show.js';
import { useT } from '../texts.js';

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
const FILTERS = ['state', 'dp', 'failure', 'computer', 'kind', 'tenant'] as const;

const COLUMNS: readonly Column<Order>[] = [
  {
    title: 'computer',
    width: 2.2,
    cell: ({ computer }) => (
      <Anchor component={Link} to={`/computers/${computer}`} size="sm">
        {computer}
      </Anchor>
    ),
  },
  { title: 'state', width: 1.5, cell: ({ state }) => <State of={state} /> },
  { title: 'dp', cell: ({ dp }) => dp },
  { title: 'failure', width: 1.6, cell: ({ failure, heldBack }) => heldBack?.code ?? failure?.code ?? '–' },
  { title: 'attempt', width: 0.6, cell: ({ attempt, attempts }) => `${attempt}/${attempts}` },
  { title: 'createdAt', width: 1.4, cell: ({ createdAt }) => <Time at={createdAt} /> },
];

export function Component(): ReactNode {
  const t = useT();
  const mayChange = useMay('operator');
  const [params, setParams] = useSearchParams();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<'cancel' | 'retry' | null>(null);
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
  );
  const change = (name: string, value: string): void =>
    setParams((old) => {
      if (value === '') old.delete(name);
      else old.set(name, value);
      return old;
    });
  return (
    <>
      <Heading title={t('page.orders')} />
      <Group mb="sm" align="end">
        <NativeSelect
          aria-label={t('state')}
          value={params.get('state') ?? ''}
          onChange={(event) => change('state', event.currentTarget.value)}
          data={[
            { value: '', label: t('allStates') },
            ...STATES.map((state) => ({ value: state, label: t(`state.${state}`) })),
          ]}
        />
        {FILTERS.map((name) =>
          params.get(name) && name !== 'state' ? (
            <Button key={name} variant="light" onClick={() => change(name, '')}>
              {`${name}: ${params.get(name)} ✕`}
            </Button>
          ) : null,
        )}
        {mayChange &&
          chosen.size > 0 &&
          (['cancel', 'retry'] as const).map((action) => (
            <Button key={action} variant="default" onClick={() => setAsked(action)}>
              {t(action)} ({chosen.size})
            </Button>
          ))}
      </Group>
      <ServerList
        label={t('page.orders')}
        queryKey={['orders', 'list', filter]}
        load={(page) =>
          take(api.GET('/api/v1/orders', { params: { query: { ...page, ...filter, sort: '-createdAt' } } }))
        }
        columns={COLUMNS}
        id={({ id }) => id}
        empty={<Text>{t('empty.orders')}</Text>}
        {...(mayChange && { selection: { chosen, onChange: setChosen } })}
      />
      {asked && (
        <FormDialog
          title={`${t(asked)} (${chosen.size})`}
          action={asked}
          explain={t(`explain.${asked}`)}
          changes={['orders', 'computers', 'overview']}
          onClose={() => setAsked(null)}
          onSubmit={async () => {
            const body = { orders: [...chosen] };
            await take(
              asked === 'cancel'
                ? api.POST('/api/v1/orders/cancel', { body })
                : api.POST('/api/v1/orders/retry', { body }),
            );
            setChosen(new Set());
          }}
        />
      )}
    </>
  );
}
