import { Anchor, Button, Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { ServerList, type Column } from '../list.js';
import { RoleNote } from '../session.js';
import { Age, Heading } from '../show.js';
import { useT } from '../texts.js';
import { Views } from '../views.js';
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
  { title: 'rollout.progress', width: 2.4, cell: ({ counts }) => <WaveBar counts={counts} /> },
  { title: 'release.noun', cell: ({ release }) => <Release of={release} /> },
  { title: 'requestedBy', cell: ({ requestedBy }) => requestedBy },
  { title: 'createdAt', sort: 'createdAt', width: 1.2, cell: ({ createdAt }) => <Age at={createdAt} /> },
];

function Release({ of }: { of: string | null }): ReactNode {
  const t = useT();
  return of ?? t('release.default');
}

/** Releases of many computers that go by themselves, the newest first. */
export function Component(): ReactNode {
  const t = useT();
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
        columns={COLUMNS}
        id={({ id }) => id}
        empty={<Text>{t('empty.rollouts')}</Text>}
      />
    </>
  );
}
