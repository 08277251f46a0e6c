import { Anchor, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { ServerList, type Column } from '../../lists/list.js';
import { MaybeDp, TenantName } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Count, Heading, State } from '../../show.js';
import { useT } from '../../texts.js';
import { Views } from '../../lists/views.js';
import { NewImport } from './import-new.js';

type Run = Schema['ImportRunDto'];

const COLUMNS: readonly Column<Run>[] = [
  {
    title: 'file',
    sort: 'file',
    width: 2,
    cell: ({ id, file, source }) => (
      <Anchor component={Link} to={`/imports/${id}`} size="sm">
        {file?.name ?? source}
      </Anchor>
    ),
  },
  { title: 'state', sort: 'state', width: 1.4, cell: ({ state }) => <State of={state} /> },
  { title: 'tenant', sort: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
  { title: 'dp', cell: ({ dp }) => <MaybeDp id={dp} /> },
  {
    title: 'rows',
    sort: 'rows',
    width: 0.8,
    isNumber: true,
    cell: ({ counts }) => <Count of={counts?.rows} />,
  },
  { title: 'since', sort: 'at', width: 1.4, cell: ({ at }) => <Age at={at} /> },
  {
    title: 'actions',
    width: 0.8,
    cell: ({ id, file, source, state }) => (
      <RowMenu
        of={file?.name ?? source}
        actions={
          state === 'committed' ? [{ name: 'import.see', to: `/computers?folder=all&import=${id}` }] : []
        }
      />
    ),
  },
  { title: 'requestedBy', hidden: true, cell: ({ requestedBy }) => requestedBy },
];

export function Component(): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  return (
    <>
      <Heading title={t('page.imports')} />
      <RoleNote least="operator" />
      {mayImport && <NewImport />}
      <Group mb="xs" justify="space-between">
        <Title order={2} size="h4">
          {t('import.past')}
        </Title>
        <Views list="imports" />
      </Group>
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
