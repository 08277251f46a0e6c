import {
  Alert,
  Anchor,
  Button,
  Card,
  Group,
  Loader,
  NativeSelect,
  Progress,
  ScrollArea,
  SegmentedControl,
  SimpleGrid,
  Text,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { useMay } from '../session.js';
import { Fault, Heading, State } from '../show.js';
import { useT } from '../texts.js';

type Run = Schema['ImportRunDto'];
type Row = Schema['ImportRowDto'];
type Options = Schema['ImportOptionsDto'];
const VERDICTS = ['all', 'new', 'known', 'changed', 'excluded', 'rejected'] as const;
const ENCODINGS = ['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252'];
const DELIMITERS = [
  { value: ';', label: ';' },
  { value: ',', label: ',' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: '|' },
];
const FIELDS = [
  'name',
  'fqdn',
  'dp',
  'address',
  'description',
  'location',
  'os',
  'version',
  'lastLogon',
] as const;
const BUSY: readonly Run['state'][] = ['queued', 'reading', 'committing'];

const COLUMNS: readonly Column<Row>[] = [
  { title: 'line', width: 0.5, cell: ({ line }) => line },
  { title: 'verdict', width: 1.2, cell: ({ verdict }) => <State of={verdict} /> },
  { title: 'name', cell: ({ name }) => name },
  { title: 'fqdn', width: 2, cell: ({ fqdn }) => fqdn ?? '–' },
  { title: 'dp', cell: ({ dp }) => dp ?? '–' },
  {
    title: 'messages',
    width: 3,
    cell: ({ messages }) => {
      const text = messages.map((message) => message.text).join(' ');
      return <span title={text}>{text}</span>;
    },
  },
];

export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const run = useQuery({
    queryKey: ['imports', 'one', id],
    queryFn: () => take(api.GET('/api/v1/imports/{id}', { params: { path: { id } } })),
  });
  if (run.isPending) return <Loader />;
  if (run.isError) return <Fault error={run.error} />;
  return <OneRun key={id} run={run.data} back={t('page.imports')} />;
}

function OneRun({ run, back }: { run: Run; back: string }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const mayImport = useMay('operator');
  const [verdict, setVerdict] = useState<(typeof VERDICTS)[number]>('all');
  const [undoing, setUndoing] = useState(false);
  const params = { path: { id: run.id } };
  const refresh = (now: Run): void => void client.setQueryData(['imports', 'one', run.id], now);
  const move = useMutation({
    mutationFn: (what: 'commit' | 'discard' | 'undo') => {
      switch (what) {
        case 'commit':
          return take(api.POST('/api/v1/imports/{id}/commit', { params, body: {} }));
        case 'discard':
          return take(api.POST('/api/v1/imports/{id}/discard', { params }));
        case 'undo':
          return take(api.POST('/api/v1/imports/{id}/undo', { params }));
      }
    },
    onSuccess: refresh,
  });
  const { state, counts, progress, fault, summary, undo } = run;
  return (
    <>
      <Anchor component={Link} to="/imports" size="sm">
        ← {back}
      </Anchor>
      <Heading
        title={
          <Group gap="sm">
            {run.file?.name ?? run.source} <State of={state} />
          </Group>
        }
      >
        {mayImport && state === 'previewed' && (
          <>
            <Button onClick={() => move.mutate('commit')} loading={move.isPending}>
              {t('import.commit', { count: (counts?.new ?? 0) + (counts?.changed ?? 0) })}
            </Button>
            <Button variant="default" onClick={() => move.mutate('discard')}>
              {t('import.discard')}
            </Button>
          </>
        )}
        {mayImport && state === 'committed' && (
          <Button variant="default" onClick={() => setUndoing(true)}>
            {t('import.undo')}
          </Button>
        )}
        {(counts?.rejected ?? 0) > 0 && (
          <Button component="a" href={`/api/v1/imports/${run.id}/rejected.csv`} variant="default" download>
            {t('import.rejected')}
          </Button>
        )}
      </Heading>
      <Fault error={move.error} />
      {undoing && (
        <FormDialog
          title={t('import.undo')}
          action="import.undo"
          danger
          explain={t('explain.undo')}
          changes={['computers', 'overview']}
          onClose={() => setUndoing(false)}
          onSubmit={() => move.mutateAsync('undo')}
        />
      )}
      {BUSY.includes(state) && (
        <Progress value={progress.percent ?? 100} animated mb="md" aria-label={t('progress')} />
      )}
      {fault && (
        <Alert color="red" mb="md" title={fault.code}>
          {fault.text} {fault.line !== null && `(${t('line')} ${fault.line})`}
        </Alert>
      )}
      {summary && (
        <Alert color="teal" mb="md" title={t('import.summary')}>
          {t('import.created', { count: summary.created })} ·{' '}
          {`${t('state.changed')} ${summary.changed} · ${t('state.known')} ${summary.known} · ${t('state.rejected')} ${summary.rejected}`}{' '}
          <Text size="sm" my="xs">
            {t('import.next')}
          </Text>
          <Button component={Link} to={`/computers?import=${run.id}&folder=all`} size="xs">
            {t('import.see')}
          </Button>
        </Alert>
      )}
      {undo?.at && (
        <Alert color="blue" mb="md">
          {t('import.undone', { deleted: undo.deleted, kept: undo.kept })}
        </Alert>
      )}
      {run.messages.map(({ code, text }) => (
        <Alert key={code} color="yellow" mb="sm">
          {text}
        </Alert>
      ))}
      {state === 'previewed' && run.detected && <Detected run={run} onRead={refresh} />}
      <ScrollArea type="never" mb="sm">
        <SegmentedControl
          aria-label={t('verdict')}
          value={verdict}
          onChange={setVerdict}
          data={VERDICTS.map((value) => ({
            value,
            label: `${value === 'all' ? t('folder.all') : t(`state.${value}`)} ${counts?.[value === 'all' ? 'rows' : value] ?? ''}`,
          }))}
        />
      </ScrollArea>
      <ServerList
        label={t('import.preview')}
        queryKey={['rows', run.id, verdict, state, run.revision]}
        load={(page) =>
          take(
            api.GET('/api/v1/imports/{id}/rows', {
              params: { ...params, query: { ...page, ...(verdict !== 'all' && { verdict }) } },
            }),
          )
        }
        columns={COLUMNS}
        id={({ line }) => String(line)}
        empty={<Text>{t('empty.rows')}</Text>}
      />
    </>
  );
}

/** What was seen in the file; what is wrong can be set right, and the file is read again. */
function Detected({ run, onRead }: { run: Run; onRead: (run: Run) => void }): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  const { detected } = run;
  const [options, setOptions] = useState<Options>({});
  const again = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/imports/{id}/read', {
          params: { path: { id: run.id } },
          body: { options: { ...run.options, ...options } },
        }),
      ),
    onSuccess: onRead,
  });
  if (!detected) return null;
  const columns: Record<string, string | number | undefined> = options.columns ?? detected.columns;
  return (
    <Card withBorder mb="md">
      <Title order={2} size="h4">
        {t('import.detected')}
      </Title>
      <Text size="sm" mb="sm">
        {t('import.correct')}
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm" mb="sm">
        <NativeSelect
          label={t('encoding')}
          value={options.encoding ?? detected.encoding}
          onChange={(event) =>
            setOptions({ ...options, encoding: event.currentTarget.value as Options['encoding'] })
          }
          data={ENCODINGS}
        />
        <NativeSelect
          label={t('delimiter')}
          value={options.delimiter ?? detected.delimiter}
          onChange={(event) =>
            setOptions({ ...options, delimiter: event.currentTarget.value as Options['delimiter'] })
          }
          data={DELIMITERS}
        />
        {FIELDS.map((field) => (
          <NativeSelect
            key={field}
            label={t(field)}
            value={String(columns[field] ?? '')}
            onChange={(event) => {
              const { [field]: _, ...others } = columns;
              const index = event.currentTarget.value;
              setOptions({
                ...options,
                columns: { ...others, ...(index !== '' && { [field]: Number(index) }) },
              });
            }}
            data={[
              { value: '', label: '–' },
              ...run.columns.map(({ index, header }) => ({
                value: String(index),
                label: header ?? `${index + 1}`,
              })),
            ]}
          />
        ))}
      </SimpleGrid>
      {mayImport && (
        <Group>
          <Button
            variant="default"
            disabled={Object.keys(options).length === 0}
            loading={again.isPending}
            onClick={() => again.mutate()}
          >
            {t('import.again')}
          </Button>
        </Group>
      )}
      <Fault error={again.error} />
    </Card>
  );
}
