import {
  Button,
  Card,
  FileInput,
  Group,
  NativeSelect,
  Progress,
  SegmentedControl,
  SimpleGrid,
  Stack,
  Text,
} from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type DragEvent, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { useDps, useTenants } from '../../names.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { upload } from '../../forms/upload.js';
import { SearchFields, type Search } from './import-search.js';

type Run = Schema['ImportRunDto'];

/** A file, or what is searched for in a directory; sends it and goes to the preview. */
export function NewImport(): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const [source, setSource] = useState<'csv' | 'ad'>('csv');
  const [directory, setDirectory] = useState('');
  const [search, setSearch] = useState<Search>({});
  const [over, setOver] = useState(false);
  const [file, setFile] = useState<File | null>(null);
  const [tenant, setTenant] = useState('');
  const [dp, setDp] = useState('');
  const [percent, setPercent] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const tenants = useTenants();
  const dps = useDps();
  const directories = useQuery({
    queryKey: ['directories', 'all'],
    queryFn: () => take(api.GET('/api/v1/directories', { params: { query: { limit: 500 } } })),
    enabled: source === 'ad',
  });
  const chosenTenant = tenant || (tenants.data?.items[0]?.id ?? '');
  const ofTenant = (directories.data?.items ?? []).filter((one) => one.tenant === chosenTenant);
  const chosenDirectory = directory || (ofTenant[0]?.id ?? '');
  const sendFile = (chosen: File): Promise<Run> => {
    const form = new FormData();
    form.set('source', 'csv');
    form.set('tenant', chosenTenant);
    if (dp !== '') form.set('dp', dp);
    form.set('file', chosen);
    return upload<Run>({ method: 'POST', url: '/api/v1/imports', body: form, onProgress: setPercent });
  };
  const askDirectory = (): Promise<Run> => {
    const body = {
      source: 'ad' as const,
      tenant: chosenTenant,
      directory: chosenDirectory,
      ...(dp !== '' && { dp }),
      options: search,
    };
    // the document describes a form as well as JSON; this is the JSON
    return take(api.POST('/api/v1/imports', { body: body as never }));
  };
  const send = async (): Promise<void> => {
    if (source === 'csv' && !file) return;
    setError(null);
    setPercent(0);
    try {
      const run = await (source === 'csv' && file ? sendFile(file) : askDirectory());
      await navigate(`/imports/${run.id}`);
    } catch (failure) {
      setError(failure);
    } finally {
      setPercent(null);
    }
  };
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    setSource('csv');
    setFile(event.dataTransfer.files[0] ?? null);
  };
  return (
    <Card
      withBorder
      mb="lg"
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      <Stack>
        <SegmentedControl
          aria-label={t('source')}
          value={source}
          onChange={(value) => setSource(value)}
          data={(['csv', 'ad'] as const).map((value) => ({ value, label: t(`import.source.${value}`) }))}
        />
        {source === 'csv' ? (
          <FileInput
            label={t('import.file')}
            description={t('import.drop')}
            placeholder={t(over ? 'import.letGo' : 'import.choose')}
            value={file}
            onChange={setFile}
            accept=".csv,.txt,text/csv"
            clearable
            clearButtonProps={{ 'aria-label': t('import.noFile') }}
            styles={{
              input: {
                minHeight: 72,
                borderStyle: 'dashed',
                borderWidth: 2,
                ...(over && { borderColor: 'var(--mantine-primary-color-filled)' }),
              },
            }}
          />
        ) : directories.data && ofTenant.length === 0 ? (
          <Text>{t('import.noDirectory')}</Text>
        ) : (
          <>
            <NativeSelect
              label={t('import.directory')}
              description={t('import.directory.hint')}
              value={chosenDirectory}
              onChange={(event) => setDirectory(event.currentTarget.value)}
              data={ofTenant.map(({ id, name }) => ({ value: id, label: name }))}
            />
            <SearchFields search={search} onChange={setSearch} />
          </>
        )}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <NativeSelect
            label={t('tenant')}
            description={t('import.tenant')}
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
        </SimpleGrid>
        {percent !== null && <Progress value={percent} aria-label={t('progress')} />}
        <Fault error={error} />
        <Group>
          <Button
            onClick={() => void send()}
            // until the tenants are there, it would be sent for none
            disabled={chosenTenant === '' || (source === 'csv' ? !file : chosenDirectory === '')}
            loading={percent !== null}
          >
            {t('import.preview')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
