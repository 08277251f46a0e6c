import { Anchor, Button, Group, List, ScrollArea, SegmentedControl, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { useMay } from '../session.js';
import { Heading, State, Time } from '../show.js';
import { useT } from '../texts.js';

type Computer = Schema['ComputerDto'];
const FOLDERS = ['unregistered', 'registered', 'failed', 'all'] as const;
const FILTERS = ['state', 'tenant', 'dp', 'fixedDp', 'import', 'alert', 'q'] as const;

const COLUMNS: readonly Column<Computer>[] = [
  {
    title: 'name',
    width: 1.5,
    cell: ({ id, name, fqdn }) => (
      <Anchor component={Link} to={`/computers/${id}`} size="sm" title={fqdn ?? name}>
        {name}
      </Anchor>
    ),
  },
  { title: 'state', width: 2.2, cell: ({ state }) => <State of={state} /> },
  { title: 'dp', cell: ({ dp }) => dp.fixed ?? dp.assigned ?? '–' },
  { title: 'address', cell: ({ address, fqdn }) => address ?? fqdn ?? '–' },
  { title: 'tenant', cell: ({ tenant }) => tenant },
  { title: 'since', width: 1.4, cell: ({ status }) => <Time at={status.at} /> },
  { title: 'source', cell: ({ status }) => <Source of={status.source} /> },
];

function Source({ of }: { of: Computer['status']['source'] }): ReactNode {
  const t = useT();
  return t(`source.${of}`);
}

export function Component(): ReactNode {
  const t = useT();
  const mayChange = useMay('operator');
  const [params, setParams] = useSearchParams();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<Bulk | null>(null);
  const [outcome, setOutcome] = useState<Outcome[]>([]);
  const folder = FOLDERS.find((one) => one === params.get('folder')) ?? 'unregistered';
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
  );
  const change = (name: string, value: string): void => {
    setChosen(new Set());
    setParams(
      (old) => {
        if (value === '') old.delete(name);
        else old.set(name, value);
        return old;
      },
      { replace: true },
    );
  };
  const search = useDebouncedCallback((text: string) => change('q', text), 250);
  return (
    <>
      <Heading title={t('page.computers')}>
        <Button component={Link} to="/imports">
          {t('import.new')}
        </Button>
      </Heading>
      <Group mb="sm" align="end">
        <ScrollArea type="never" maw="100%">
          <SegmentedControl
            aria-label={t('folder')}
            value={folder}
            onChange={(value) => change('folder', value)}
            data={FOLDERS.map((value) => ({ value, label: t(`folder.${value}`) }))}
          />
        </ScrollArea>
        <TextInput
          aria-label={t('search')}
          placeholder={t('search')}
          defaultValue={params.get('q') ?? ''}
          onChange={(event) => search(event.currentTarget.value)}
          w={260}
        />
      </Group>
      <Group mb="sm" gap="xs" mih={30}>
        {FILTERS.map((name) =>
          params.get(name) && name !== 'q' ? (
            <Button key={name} size="xs" variant="light" onClick={() => change(name, '')}>
              {`${name}: ${params.get(name)} ✕`}
            </Button>
          ) : null,
        )}
        {mayChange && chosen.size > 0 && (
          <>
            <Text size="sm">{t('chosen', { count: chosen.size })}</Text>
            {BULKS.map((bulk) => (
              <Button
                key={bulk}
                size="xs"
                {...(bulk === 'delete' && { color: 'red.8' })}
                variant={bulk === 'release' ? 'filled' : 'default'}
                onClick={() => setAsked(bulk)}
              >
                {t(bulk)}
              </Button>
            ))}
          </>
        )}
      </Group>
      {outcome.length > 0 && (
        <List size="sm" mb="sm" mah={180} style={{ overflow: 'auto' }} aria-label={t('outcome')}>
          {outcome.map(({ computer, message }) => (
            <List.Item key={computer}>
              <Anchor component={Link} to={`/computers/${computer}`} size="sm">
                {computer}
              </Anchor>{' '}
              {message}
            </List.Item>
          ))}
        </List>
      )}
      <ServerList
        label={t('page.computers')}
        queryKey={['computers', 'list', folder, filter]}
        load={(page) =>
          take(
            api.GET('/api/v1/computers', { params: { query: { ...page, folder, ...filter, sort: 'name' } } }),
          )
        }
        columns={COLUMNS}
        id={({ id }) => id}
        empty={
          <>
            <Text>{t(params.get('q') ? 'empty.search' : 'empty.computers')}</Text>
            <Anchor component={Link} to="/imports">
              {t('page.imports')}
            </Anchor>
          </>
        }
        {...(mayChange && { selection: { chosen, onChange: setChosen } })}
      />
      {asked && (
        <FormDialog
          title={t(`bulk.${asked}`, { count: chosen.size })}
          action={asked}
          explain={t(`explain.${asked}`)}
          danger={asked === 'delete'}
          changes={['computers', 'overview', 'orders']}
          onClose={() => setAsked(null)}
          onSubmit={async () => {
            setOutcome(await BULK_CALLS[asked]([...chosen]));
            setChosen(new Set());
          }}
        />
      )}
    </>
  );
}

interface Outcome {
  computer: string;
  message: string;
}
const BULKS = ['release', 'cancel', 'delete'] as const;
type Bulk = (typeof BULKS)[number];

const BULK_CALLS: Readonly<Record<Bulk, (computers: string[]) => Promise<Outcome[]>>> = {
  release: async (computers) =>
    (await take(api.POST('/api/v1/computers/release', { body: { computers } }))).results,
  delete: async (computers) =>
    (await take(api.POST('/api/v1/computers/delete', { body: { computers } }))).results,
  cancel: async (computers) => {
    const found = await Promise.all(
      computers.map((id) => take(api.GET('/api/v1/computers/{id}', { params: { path: { id } } }))),
    );
    const orders = found.flatMap(({ openOrder }) => (openOrder ? [openOrder.id] : []));
    if (orders.length === 0) return [];
    const { results } = await take(api.POST('/api/v1/orders/cancel', { body: { orders } }));
    return results.map(({ order, message }) => ({
      computer: found.find(({ openOrder }) => openOrder?.id === order)?.id ?? order,
      message,
    }));
  },
};
