import { Anchor, Badge, Button, Group, ScrollArea, SegmentedControl, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { ServerList, type Column } from '../../lists/list.js';
import { SearchBox } from '../../lists/search-box.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Count, Heading, State, WARNING } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';
import { useDpActions } from './distribution-point-actions.js';

type Dp = Schema['DistributionPointDto'];
/** Which ones are shown, and how the API is asked for them. */
const FILTERS = {
  all: {},
  pending: { state: 'pending' },
  enabled: { state: 'enabled' },
  disabled: { state: 'disabled' },
  overdue: { overdue: true },
  withoutAccount: { withoutAccount: true },
} as const;
const NO_FILTER = { state: '', overdue: '', withoutAccount: '' };
/** Those that are not a state. */
const FLAGS = ['overdue', 'withoutAccount'] as const;
const SHOWN = ['all', 'pending', 'enabled', 'disabled', ...FLAGS] as const satisfies (keyof typeof FILTERS)[];

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [params, choose] = useUrlChoices();
  // the way here from the overview: what is made is asked at once
  const isWished = mayManage && params.has('new');
  const actions = useDpActions(isWished ? { what: 'create' } : null, () => choose({ new: '' }));
  const flag = FLAGS.find((one) => params.get(one) !== null);
  const shown = SHOWN.find((one) => one === (flag ?? params.get('state'))) ?? 'all';
  const filter = FILTERS[shown];
  const q = params.get('q') ?? '';
  const columns: readonly Column<Dp>[] = [
    {
      title: 'name',
      sort: 'name',
      width: 2,
      cell: ({ id, name }) => (
        <Anchor component={Link} to={`/distribution-points/${id}`} size="sm" title={id}>
          {name}
        </Anchor>
      ),
    },
    {
      title: 'state',
      sort: 'state',
      width: 2,
      cell: ({ state, overdue, alerts, accountsToEnter }) => (
        <Group gap={4} wrap="nowrap">
          <State of={state} />
          {overdue && (
            <Badge {...WARNING} title={alerts.map(({ text }) => text).join(' ')}>
              {t('overdue')}
            </Badge>
          )}
          {alerts.some(({ code }) => code === 'ACCOUNT_NOT_SEALED') && (
            <Badge
              {...WARNING}
              component={Link}
              to="/accounts"
              title={`${t('dp.toEnter')}: ${accountsToEnter.map(({ label }) => label).join(', ')}`}
              style={{ cursor: 'pointer' }}
            >
              {t('withoutAccount')}
            </Badge>
          )}
        </Group>
      ),
    },
    { title: 'lastSeen', sort: 'lastSeen', width: 1.3, cell: ({ lastSeen }) => <Age at={lastSeen} /> },
    { title: 'version', sort: 'version', width: 0.8, cell: (dp) => <Agent of={dp} /> },
    {
      title: 'queue',
      width: 1.4,
      isNumber: true,
      cell: ({ queue }) => <Count of={queue && queue.ready + queue.unacked} />,
    },
    {
      title: 'page.orders',
      width: 2.2,
      cell: ({ id, orders }) => (
        <Anchor component={Link} to={`/orders?dp=${id}`} size="sm">
          {t('dp.orders', { ...orders })}
        </Anchor>
      ),
    },
    ...(mayManage ? [{ title: 'actions', width: 1.2, cell: actions.buttons } as const] : []),
  ];
  return (
    <>
      <Heading title={t('page.dps')}>
        {mayManage && (
          <Button variant="default" component={Link} to="/join-keys">
            {t('page.joinKeys')}
          </Button>
        )}
        {mayManage && <Button onClick={() => actions.ask({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Group align="end">
        <Views list="distribution-points" />
        <SearchBox value={q} onChange={(text) => choose({ q: text })} />
      </Group>
      <ScrollArea type="never" my="sm">
        <SegmentedControl
          aria-label={t('state')}
          value={shown}
          onChange={(value) =>
            choose({
              ...NO_FILTER,
              ...Object.fromEntries(Object.entries(FILTERS[value]).map(([name, of]) => [name, String(of)])),
            })
          }
          data={SHOWN.map((value) => ({
            value,
            label: t(labelOf(value)),
          }))}
        />
      </ScrollArea>
      <ServerList
        label={t('page.dps')}
        queryKey={['dps', 'list', shown, q]}
        load={(page) =>
          take(
            api.GET('/api/v1/distribution-points', {
              params: { query: { ...page, ...filter, ...(q && { q }) } },
            }),
          )
        }
        sort="name"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t(shown === 'all' && !q ? 'empty.dps' : 'empty.dps.filtered')}</Text>}
      />
      {actions.dialogs}
    </>
  );
}

function labelOf(shown: (typeof SHOWN)[number]): TextKey {
  if (shown === 'all') return 'folder.all';
  return shown === 'overdue' || shown === 'withoutAccount' ? shown : `state.${shown}`;
}

/** The agent's version, and the one that it is to have instead; hovering tells where it runs and what it brings. */
function Agent({ of: { agent, wantedAgentVersion } }: { of: Dp }): ReactNode {
  const t = useT();
  if (agent === null) return '–';
  const { version, hostname, os, localAccounts, methods, update } = agent;
  const said = [
    t('dp.agent', { hostname, os, count: localAccounts }),
    ...(methods ? [t('dp.methods', { methods: methods.join(', ') })] : []),
    ...(update
      ? [
          t(`dp.update.${update.state}`, {
            version: update.version,
            reason: update.text ?? update.code ?? '',
          }),
        ]
      : []),
  ];
  const isOther = update !== null && wantedAgentVersion !== null;
  return <span title={said.join('\n')}>{isOther ? `${version} → ${wantedAgentVersion}` : version}</span>;
}
