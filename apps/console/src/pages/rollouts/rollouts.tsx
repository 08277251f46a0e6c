import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Heading } from '../../show.js';
import { useT } from '../../texts.js';
import { Views } from '../../lists/views.js';
import { StopRollout } from './rollout-actions.js';
import { RolloutState } from './rollout-state.js';
import { WaveBar } from './wave-bar.js';

type Rollout = Schema['RolloutDto'];

const COLUMNS: readonly Column<Rollout>[] = [
  {
    title: 'name',
    sort: 'name',
    width: 2.2,
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/rollouts/${id}`} size="sm">
        {name}
      </Anchor>
    ),
  },
  { title: 'state', sort: 'state', width: 1.1, cell: ({ state }) => <RolloutState of={state} /> },
  { title: 'rollout.progress', width: 2.4, least: 160, cell: ({ counts }) => <WaveBar counts={counts} /> },
  { title: 'release.noun', cell: ({ release }) => <Release of={release} /> },
  { title: 'requestedBy', cell: ({ requestedBy }) => requestedBy },
  { title: 'createdAt', sort: 'createdAt', width: 1.2, cell: ({ createdAt }) => <Age at={createdAt} /> },
];

/** What can be done with one in these states; the rest is on its page. */
const ACTIONS = [
  { what: 'pause', of: ['running', 'scheduled'] },
  { what: 'abort', of: ['running', 'scheduled', 'paused'] },
] as const satisfies readonly { what: string; of: readonly string[] }[];

function Release({ of }: { of: string | null }): ReactNode {
  const t = useT();
  return of ?? t('release.default');
}

/** Releases of many computers that go by themselves, the newest first. */
export function Component(): ReactNode {
  const t = useT();
  const may = useMay('operator');
  const [asked, setAsked] = useState<{ id: string; name: string; what: 'pause' | 'abort' } | null>(null);
  const columns = useMemo(() => {
    const actions = ({ id, name, state }: Rollout): ReactNode => {
      const able = may ? ACTIONS.filter(({ of }) => of.some((one) => one === state)) : [];
      return (
        <RowMenu
          of={name}
          actions={[
            { name: 'rollout.show', to: `/rollouts/${id}` },
            ...able.map(({ what }) => ({
              name: `rollout.${what}` as const,
              danger: what === 'abort',
              onClick: () => setAsked({ id, name, what }),
            })),
          ]}
        />
      );
    };
    return [...COLUMNS, { title: 'actions', width: 0.8, cell: actions } as const];
  }, [may]);
  return (
    <>
      <Heading title={t('page.rollouts')}>
        <Button component={Link} to="/computers">
          {t('rollout.choose')}
        </Button>
      </Heading>
      <RoleNote least="operator" />
      <Group mb="sm">
        <Views list="rollouts" />
      </Group>
      <ServerList
        label={t('page.rollouts')}
        queryKey={['rollouts', 'list']}
        load={(page) => take(api.GET('/api/v1/rollouts', { params: { query: page } }))}
        sort="-createdAt"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.rollouts')}</Text>}
      />
      {asked && <StopRollout {...asked} onClose={() => setAsked(null)} />}
    </>
  );
}
