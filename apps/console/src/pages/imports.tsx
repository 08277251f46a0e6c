import {
  Anchor,
  Button,
  Card,
  FileInput,
  Group,
  NativeSelect,
  Progress,
  Stack,
  Text,
  Title,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type DragEvent, type ReactNode } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { ServerList, type Column } from '../list.js';
import { useMay } from '../session.js';
import { Fault, Heading, State, Time } from '../show.js';
import { useT } from '../texts.js';
import { upload } from '../upload.js';

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
      {mayImport && <NewImport />}
      <Title order={2} size="h4" mb="xs">
        {t('import.past')}
      </Title>
      <ServerList
        label={t('import.past')}
        height="50dvh"
        queryKey={['imports', 'list']}
        load={(page) => take(api.GET('/api/v1/imports', { params: { query: { ...page, sort: '-at' } } }))}
        columns={COLUMNS}
        id={({ id }) => id}
        empty={<Text>{t('empty.imports')}</Text>}
      />
    </>
  );
}

function NewImport(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const [file, setFile] = useState<File | null>(null);
  const [tenant, setTenant] = useState('');
  const [dp, setDp] = useState('');
  const [percent, setPercent] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const query = { limit: 500 };
  const tenants = useQuery({
    queryKey: ['tenants', 'all'],
    queryFn: () => take(api.GET('/api/v1/tenants', { params: { query } })),
  });
  const dps = useQuery({
    queryKey: ['dps', 'all'],
    queryFn: () => take(api.GET('/api/v1/distribution-points', { params: { query } })),
  });
  const chosenTenant = tenant || (tenants.data?.items[0]?.id ?? '');
  const send = async (): Promise<void> => {
    if (!file) return;
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', chosenTenant);
    if (dp !== '') form.set('dp', dp);
    form.set('file', file);
    setError(null);
    try {
      const run = await upload<Run>({
        method: 'POST',
        url: '/api/v1/imports',
        body: form,
        onProgress: setPercent,
      });
      await navigate(`/imports/${run.id}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setPercent(null);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setFile(event.dataTransfer.files[0] ?? null);
  };
  return (
    <Card withBorder mb="lg" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
      <Stack>
        <FileInput
          label={t('import.file')}
          description={t('import.drop')}
          placeholder="computers.csv"
          value={file}
          onChange={setFile}
          accept=".csv,.txt,text/csv"
        />
        <Group grow>
          <NativeSelect
            label={t('tenant')}
            value={chosenTenant}
            onChange={(event) => setTenant(event.currentTarget.value)}
            data={(tenants.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
          <NativeSelect
            label={t('dp')}
            description={t('import.dp')}
            value={dp}
            onChange={(event) => setDp(event.currentTarget.value)}
            data={[
              { value: '', label: t('dp.none') },
              ...(dps.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
            ]}
          />
        </Group>
        {percent !== null && <Progress value={percent} aria-label={t('progress')} />}
        <Fault error={error} />
        <Group>
          <Button onClick={() => void send()} disabled={!file} loading={percent !== null}>
            {t('import.preview')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
