import { Anchor, Button, Group, NativeSelect, ScrollArea, SegmentedControl, Text } from '@mantine/core';
import { useCallback, useMemo, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { BulkDialog, type BulkAction } from '../../lists/bulk.js';
import { DpFilter } from '../../lists/dp-filter.js';
import { ServerList } from '../../lists/list.js';
import { SearchBox } from '../../lists/search-box.js';
import { FilterChip } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { nothing, useSelection } from '../../lists/selection.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Heading } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';
import type { Chosen } from '../../lists/table.js';
import { useChosenColumns } from '../../lists/columns.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';
import { COMPUTER_BULKS } from './computers-bulk.js';
import {
  asApiFilter,
  CsvButton,
  filterFrom,
  MORE_FILTERS,
  MoreFilters,
  useFilterWords,
} from './computers-filters.js';
import { COMPUTER_COLUMNS } from './computers-columns.js';
import { FOLDERS, useFirstFolder } from './computers-folder.js';
import { NewRollout, type RolloutChoice } from '../rollouts/rollout-new.js';
import { OfferRollout, useRolloutFrom } from '../rollouts/rollout-offer.js';

type Computer = Schema['ComputerDto'];
const MORE = Object.keys(MORE_FILTERS) as (keyof typeof MORE_FILTERS)[];
const FILTERS = ['state', 'tenant', 'dp', 'fixedDp', 'import', 'q', 'text', ...MORE] as const;
/** Those that have a control of their own. */
const CONTROLLED: readonly string[] = ['text', 'state', 'dp', ...MORE];
const STATES: readonly Computer['state'][] = [
  'imported',
  'releasing',
  'install-failed',
  'awaiting-registration',
  'pending-restart',
  'ready',
  'retired',
];

const FILTER_NAMES = {
  state: 'state',
  tenant: 'tenant',
  dp: 'dp',
  fixedDp: 'dp.fixed',
  import: 'source.importer',
  q: 'search',
  text: 'search',
  ...MORE_FILTERS,
} as const satisfies Record<(typeof FILTERS)[number], TextKey>;

const RELEASE = COMPUTER_BULKS.find(({ name }) => name === 'release') ?? null;
export function Component(): ReactNode {
  const t = useT();
  const mayChange = useMay('operator');
  const [params, choose] = useUrlChoices();
  const [wanted, setWanted] = useState<{ bulk: BulkAction<Computer>; of: Chosen<Computer> } | null>(null);
  const [rollout, setRollout] = useState<RolloutChoice | null>(null);
  /** How many a release was asked for that a rollout is offered for first. */
  const [offered, setOffered] = useState<number | null>(null);
  const rolloutFrom = useRolloutFrom();
  const words = useFilterWords();
  const columns = useChosenColumns('computers', 'columns');
  const filter = filterFrom(params, FILTERS);
  // a filter narrows all computers unless a folder is named with it
  const isFiltered = Object.keys(filter).length > 0;
  const asked = FOLDERS.find((one) => one === params.get('folder')) ?? (isFiltered ? 'all' : null);
  const first = useFirstFolder(asked === null);
  const folder = asked ?? (first === 'none' ? 'all' : (first ?? 'attention'));
  const isKnown = asked !== null || first !== null;
  const place = folder === 'attention' ? { attention: true } : { folder };
  const narrowing = { ...place, ...asApiFilter(filter) };
  const narrowed = isFiltered || folder === 'registered' || folder === 'failed';
  const [chosen, setChosen] = useSelection<Computer>([folder, filter]);
  const change = (name: string, value: string): void => {
    choose({
      [name]: value,
      // a state lies in some folders only: whoever wants it wants all that have it
      ...(name === 'state' && value !== '' && { folder: 'all' }),
      ...(name === 'folder' && { state: '' }),
    });
  };
  const choice = (): RolloutChoice =>
    chosen.all ? { filter: narrowing } : { computers: [...chosen.items.keys()] };
  const actions = useCallback((computer: Computer): ReactNode => {
    const able = COMPUTER_BULKS.filter(({ refuses }) => refuses(computer) === null);
    return (
      <RowMenu
        of={computer.hostName}
        actions={[
          ...able.map((action) => ({
            name: action.name,
            danger: action.danger === true,
            // what is ticked stays so
            onClick: () =>
              setWanted({ bulk: action, of: { items: new Map([[computer.id, computer]]), all: false } }),
          })),
          { name: 'page.orders', to: `/orders?computer=${computer.id}` },
        ]}
      />
    );
  }, []);
  // made once: the list draws all its rows anew for a column that it does not know
  const columnsShown = useMemo(
    () =>
      mayChange
        ? [...COMPUTER_COLUMNS, { title: 'actions', width: 0.8, cell: actions } as const]
        : COMPUTER_COLUMNS,
    [mayChange, actions],
  );
  const ask = (action: BulkAction<Computer>, count: number): void => {
    if (action === RELEASE && count >= rolloutFrom) setOffered(count);
    else setWanted({ bulk: action, of: chosen });
  };
  const load = (page: { after?: string; limit: number; sort?: string }) =>
    take(api.GET('/api/v1/computers', { params: { query: { ...page, ...narrowing } } }));
  return (
    <>
      <Heading title={t('page.computers')}>
        <CsvButton narrowing={narrowing} columns={columns} />
        {mayChange && (
          <Button component={Link} to="/imports">
            {t('import.new')}
          </Button>
        )}
      </Heading>
      <RoleNote least="operator" />
      <Group mb="sm" align="end">
        <Views list="computers" />
        <ScrollArea type="never" maw="100%">
          <SegmentedControl
            aria-label={t('folder')}
            value={isKnown ? folder : ''}
            onChange={(value) => change('folder', value)}
            data={FOLDERS.map((value) => ({ value, label: t(`folder.${value}`) }))}
          />
        </ScrollArea>
        <SearchBox
          label="search.computers"
          value={params.get('text') ?? ''}
          onChange={(text) => change('text', text)}
        />
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
        <MoreFilters params={params} choose={choose} />
      </Group>
      <Group mb="sm" gap="xs">
        {MORE.map((name) =>
          filter[name] ? (
            <Button key={name} size="xs" variant="light" onClick={() => change(name, '')}>
              {`${words(name, filter[name])} ✕`}
            </Button>
          ) : null,
        )}
        {FILTERS.map((name) =>
          params.get(name) && !CONTROLLED.includes(name) ? (
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
      {asked === null && (first === 'unregistered' || first === 'all') && (
        <Text size="sm" mb="sm">
          {t(`attention.none.${first}`)}
        </Text>
      )}
      {isKnown && (
        <ServerList
          label={t('page.computers')}
          queryKey={['computers', 'list', folder, filter]}
          load={load}
          sort="name"
          columns={columnsShown}
          id={({ id }) => id}
          empty={
            narrowed ? (
              <Text>{t(params.get('text') ? 'empty.search' : 'empty.filtered')}</Text>
            ) : (
              <>
                <Text>{t(folder === 'attention' ? 'empty.attention' : 'empty.computers')}</Text>
                {folder === 'attention' ? (
                  <Anchor component={Link} to="/computers?folder=all">
                    {t('empty.attention.all')}
                  </Anchor>
                ) : (
                  <Anchor component={Link} to="/imports">
                    {t('page.imports')}
                  </Anchor>
                )}
              </>
            )
          }
          selection={
            mayChange
              ? {
                  chosen,
                  onChange: setChosen,
                  bar: (total) => [
                    ...COMPUTER_BULKS.map((bulk) => (
                      <Button
                        key={bulk.name}
                        size="xs"
                        {...(bulk.danger && { color: 'red.8' })}
                        variant={bulk.name === 'release' || bulk.danger ? 'filled' : 'default'}
                        onClick={() => ask(bulk, chosen.all ? total : chosen.items.size)}
                      >
                        {t(bulk.name)}
                      </Button>
                    )),
                    <Button key="rollout" size="xs" variant="default" onClick={() => setRollout(choice())}>
                      {t('rollout.new')}
                    </Button>,
                  ],
                }
              : undefined
          }
        />
      )}
      {rollout && (
        <NewRollout
          choice={rollout}
          again={folder === 'registered'}
          onClose={() => {
            setRollout(null);
            setChosen(nothing());
          }}
        />
      )}
      {offered !== null && (
        <OfferRollout
          count={offered}
          onClose={() => setOffered(null)}
          onRollout={() => setRollout(choice())}
          onRelease={() => RELEASE && setWanted({ bulk: RELEASE, of: chosen })}
        />
      )}
      {wanted && (
        <BulkDialog
          action={wanted.bulk}
          chosen={wanted.of}
          load={(page) => load({ ...page, sort: 'name' })}
          id={({ id }) => id}
          show={({ id, hostName: name }) => (
            <Anchor component={Link} to={`/computers/${id}`} size="sm">
              {name}
            </Anchor>
          )}
          changes={['computers', 'overview', 'orders']}
          onClose={() => setWanted(null)}
          onDone={() => {
            if (wanted.of === chosen) setChosen(nothing());
          }}
        />
      )}
    </>
  );
}
