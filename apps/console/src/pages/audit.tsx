import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { ServerList, type Column } from '../list.js';
import { Heading, Time } from '../show.js';
import { useT } from '../texts.js';

type Entry = Schema['AuditPage']['items'][number];

const COLUMNS: readonly Column<Entry>[] = [
  { title: 'time', width: 1.4, cell: ({ at }) => <Time at={at} /> },
  { title: 'user', cell: ({ who }) => who?.name ?? '–' },
  { title: 'address', cell: ({ address }) => address ?? '–' },
  { title: 'audit.action', width: 1.5, cell: ({ action }) => action },
  { title: 'audit.target', width: 2, cell: ({ target }) => <span title={target}>{target}</span> },
];

export function Component(): ReactNode {
  const t = useT();
  return (
    <>
      <Heading title={t('page.audit')}>
        <Button component="a" href="/api/v1/audit/export.csv" variant="default" download>
          {t('audit.csv')}
        </Button>
        <Button component="a" href="/api/v1/audit/export.ndjson" variant="default" download>
          {t('audit.ndjson')}
        </Button>
      </Heading>
      <ServerList
        label={t('page.audit')}
        queryKey={['audit', 'list']}
        load={(page) => take(api.GET('/api/v1/audit', { params: { query: page } }))}
        columns={COLUMNS}
        id={({ id }) => id}
        empty={<Text>{t('empty.audit')}</Text>}
      />
    </>
  );
}
