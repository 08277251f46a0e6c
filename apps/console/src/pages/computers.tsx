import { Anchor, Button, Group, NativeSelect, ScrollArea, SegmentedControl, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { BulkDialog, type BulkAction } from '../bulk.js';
import { DpFilter } from '../dp-filter.js';
import { ServerList, type Column } from '../list.js';
import { SearchBox } from '../search-box.js';
import { nothing, useSelection } from '../selection.js';
import { RoleNote, useMay } from '../session.js';
import { Age, Heading, State } from '../show.js';
import { type TextKey, useT } from '../texts.js';
import { useUrlChoices } from '../url-choices.js';
import { COMPUTER_BULKS } from './computers-bulk.js';

type Computer = Schema['ComputerDto'];
const FOLDERS = ['unregistered', 'registered', 'failed', 'all'] as const;
const FILTERS = ['state', 'tenant', 'dp', 'fixedDp', 'import', 'alert', 'q'] as const;
/** Those that have a control of their own. */
const CONTROLLED: readonly string[] = ['q', 'state', 'dp'];
const STATES: readonly Computer['state'][] = [
  'imported',
  'releasing',
  'install-failed',
  'awaiting-registration',
  'pending-restart',
  'ready',
  'retired',
];

const COLUMNS: readonly Column<Computer>[] = [
  {
    title: 'name',
    sort: 'name',
    width: 1.5,
    cell: ({ id, name, fqdn }) => (
      <Anchor component={Link} to={`/computers/${id}`} size="sm" title={fqdn ?? name}>
        {name}
      </Anchor>
    ),
  },
  { title: 'state', sort: 'state', width: 2.4, cell: ({ state }) => <State of={state} /> },
  { title: 'dp', cell: ({ dp }) => dp.fixed ?? dp.assigned ?? '–' },
  { title: 'address', width: 1.3, cell: ({ address, fqdn }) => address ?? fqdn ?? '–' },
  { title: 'tenant', cell: ({ tenant }) => tenant },
  { title: 'age', width: 1.1, cell: ({ status }) => <Age at={status.at} /> },
  { title: 'source', cell: ({ status }) => <Source of={status.source} /> },
];

const FILTER_NAMES = {
  state: 'state',
  tenant: 'tenant',
  dp: 'dp',
  fixedDp: 'dp.fixed',
  import: 'source.importer',
  alert: 'alert',
  q: 'search',
} as const satisfies Record<(typeof FILTERS)[number], TextKey>;

function Source({ of }: { of: Computer['status']['source'] }): ReactNode {
  const t = useT();
  return t(`source.${of}`);
}

export function Component(): ReactNode {
  const t = useT();
  const mayChange = useMay('operator');
  const [params, choose] = useUrlChoices();
  const [asked, setAsked] = useState<BulkAction<Computer> | null>(null);
  const folder = FOLDERS.find((one) => one === params.get('folder')) ?? 'unregistered';
  const filter = Object.fromEntries(
    FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
  );
  const narrowed = Object.keys(filter).length > 0 || folder === 'registered' || folder === 'failed';
  const [chosen, setChosen] = useSelection<Computer>([folder, filter]);
  const change = (name: string, value: string): void => {
    choose({
      [name]: value,
      // a state lies in some folders only: whoever wants it wants all that have it
      ...(name === 'state' && value !== '' && { folder: 'all' }),
      ...(name === 'folder' && { state: '' }),
    });
  };
  const load = (page: { after?: string; limit: number; sort?: string }) =>
    take(api.GET('/api/v1/computers', { params: { query: { ...page, folder, ...filter } } }));
  return (
    <>
      <Heading title={t('page.computers')}>
        <Button component={Link} to="/imports">
          {t('import.new')}
        </Button>
      </Heading>
      <RoleNote least="operator" />
      <Group mb="sm" align="end">
        <ScrollArea type="never" maw="100%">
          <SegmentedControl
            aria-label={t('folder')}
            value={folder}
            onChange={(value) => change('folder', value)}
            data={FOLDERS.map((value) => ({ value, label: t(`folder.${value}`) }))}
          />
        </ScrollArea>
        <SearchBox value={params.get('q') ?? ''} onChange={(text) => change('q', text)} />
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
      </Group>
      <Group mb="sm" gap="xs">
        {FILTERS.map((name) =>
          params.get(name) && !CONTROLLED.includes(name) ? (
            <Button key={name} size="xs" variant="light" onClick={() => change(name, '')}>
              {`${t(FILTER_NAMES[name])}: ${params.get(name)} ✕`}
            </Button>
          ) : null,
        )}
      </Group>
      <ServerList
        label={t('page.computers')}
        queryKey={['computers', 'list', folder, filter]}
        load={load}
        sort="name"
        columns={COLUMNS}
        id={({ id }) => id}
        empty={
          narrowed ? (
            <Text>{t(params.get('q') ? 'empty.search' : 'empty.filtered')}</Text>
          ) : (
            <>
              <Text>{t('empty.computers')}</Text>
              <Anchor component={Link} to="/imports">
                {t('page.imports')}
              </Anchor>
            </>
          )
        }
        selection={
          mayChange
            ? {
                chosen,
                onChange: setChosen,
                bar: () =>
                  COMPUTER_BULKS.map((bulk) => (
                    <Button
                      key={bulk.name}
                      size="xs"
                      {...(bulk.danger && { color: 'red.8' })}
                      variant={bulk.name === 'release' || bulk.danger ? 'filled' : 'default'}
                      onClick={() => setAsked(bulk)}
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
          action={asked}
          chosen={chosen}
          load={(page) => load({ ...page, sort: 'name' })}
          id={({ id }) => id}
          show={({ id, name }) => (
            <Anchor component={Link} to={`/computers/${id}`} size="sm">
              {name}
            </Anchor>
          )}
          changes={['computers', 'overview', 'orders']}
          onClose={() => setAsked(null)}
          onDone={() => setChosen(nothing())}
        />
      )}
    </>
  );
}
