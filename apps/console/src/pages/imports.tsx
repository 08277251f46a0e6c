import { Anchor, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { ServerList, type Column } from '../list.js';
import { RoleNote, useMay } from '../session.js';
import { Heading, State, Time } from '../show.js';
import { useT } from '../texts.js';
import { NewImport } from './import-new.js';

type Run = Schema['ImportRunDto'];

const COLUMNS: readonly Column<Run>[] = [
  {
    title: 'file',
    width: 2,
    cell: ({ id, file, source }) => (
      <Anchor component={Link} to={`/imports/${id}`} size="sm">
        {file?.name ?? source}
      </Anchor>
    ),
  },
  { title: 'state', width: 1.4, cell: ({ state }) => <State of={state} /> },
  { title: 'tenant', cell: ({ tenant }) => tenant },
  { title: 'dp', cell: ({ dp }) => dp ?? '–' },
  { title: 'rows', width: 0.6, cell: ({ counts }) => counts?.rows ?? '–' },
  { title: 'since', width: 1.4, cell: ({ at }) => <Time at={at} /> },
];

export function Component(): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  return (
    <>
      <Heading title={t('page.imports')} />
      <RoleNote least="operator" />
      {mayImport && <NewImport />}
      <Title order={2} size="h4" mb="xs">
        {t('import.past')}
      </Title>
      <ServerList
        label={t('import.past')}
        height="50dvh"
        queryKey={['imports', 'list']}
        load={(page) => take(api.GET('/api/v1/imports', { params: { query: page } }))}
        sort="-at"
        columns={COLUMNS}
        id={({ id }) => id}
        empty={<Text>{t('empty.imports')}</Text>}
      />
    </>
  );
}
