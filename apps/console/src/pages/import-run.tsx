import {
  Alert,
  Anchor,
  Button,
  Group,
  Loader,
  Progress,
  ScrollArea,
  SegmentedControl,
  Text,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { useMay } from '../session.js';
import { Fault, Heading, NotShown, State } from '../show.js';
import { language, type TextKey, useT } from '../texts.js';
import { Detected } from './import-detected.js';
import { ImportNotices } from './import-notices.js';

type Run = Schema['ImportRunDto'];
type Row = Schema['ImportRowDto'];
/** Rows by verdict; `refused` are those that the commit rejected. */
const SHOWN = ['all', 'new', 'known', 'changed', 'excluded', 'rejected', 'refused'] as const;
type Shown = (typeof SHOWN)[number];
const SHOWN_AS = {
  all: 'folder.all',
  new: 'state.new',
  known: 'state.known',
  changed: 'state.changed',
  excluded: 'state.excluded',
  rejected: 'state.rejected',
  refused: 'import.refused',
} as const satisfies Record<Shown, TextKey>;
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
  if (run.isError) return <NotShown error={run.error} heading={t('page.imports')} back="/imports" />;
  return <OneRun key={id} run={run.data} back={t('page.imports')} />;
}

function OneRun({ run, back }: { run: Run; back: string }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const mayImport = useMay('operator');
  const [shown, setShown] = useState<Shown>('all');
  const [asked, setAsked] = useState<'commit' | 'undo' | null>(null);
  const params = { path: { id: run.id } };
  const refresh = (now: Run): void => void client.setQueryData(['imports', 'one', run.id], now);
  const move = useMutation({
    mutationFn: (what: 'commit' | 'discard' | 'undo') => {
      switch (what) {
        case 'commit':
          return take(
            api.POST('/api/v1/imports/{id}/commit', {
              params,
              body: run.needsConfirmDrop ? { confirmDrop: true } : {},
            }),
          );
        case 'discard':
          return take(api.POST('/api/v1/imports/{id}/discard', { params }));
        case 'undo':
          return take(api.POST('/api/v1/imports/{id}/undo', { params }));
      }
    },
    onSuccess: refresh,
  });
  const { state, counts, progress, fault, summary, undo } = run;
  const isUndoing = undo !== null && !undo.at && !fault;
  const countOf: Record<Shown, number | undefined> = {
    all: counts?.rows,
    new: counts?.new,
    known: counts?.known,
    changed: counts?.changed,
    excluded: counts?.excluded,
    rejected: counts?.rejected,
    refused: summary?.rejected ?? 0,
  };
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
            <Button
              onClick={() => (run.needsConfirmDrop ? setAsked('commit') : move.mutate('commit'))}
              loading={move.isPending}
            >
              {t('import.commit', { count: (counts?.new ?? 0) + (counts?.changed ?? 0) })}
            </Button>
            <Button variant="default" onClick={() => move.mutate('discard')}>
              {t('import.discard')}
            </Button>
          </>
        )}
        {mayImport && state === 'committed' && !undo && (
          <Button variant="default" onClick={() => setAsked('undo')}>
            {t('import.undo')}
          </Button>
        )}
        {((countOf.rejected ?? 0) > 0 || (countOf.refused ?? 0) > 0) && (
          <Button
            component="a"
            href={`/api/v1/imports/${run.id}/rejected.csv?lang=${language()}`}
            variant="default"
            download
          >
            {t('import.rejected')}
          </Button>
        )}
      </Heading>
      <Fault error={move.error} />
      {asked === 'commit' && (
        <FormDialog
          title={t('import.drop.title')}
          action="import.drop.commit"
          danger
          explain={t('explain.confirmDrop', { count: counts?.missing ?? 0, known: run.knownBefore ?? 0 })}
          changes={['imports']}
          onClose={() => setAsked(null)}
          onSubmit={() => move.mutateAsync('commit')}
        />
      )}
      {asked === 'undo' && (
        <FormDialog
          title={t('import.undo')}
          action="import.undo"
          danger
          explain={t('explain.undo')}
          changes={['computers', 'overview']}
          onClose={() => setAsked(null)}
          onSubmit={() => move.mutateAsync('undo')}
        />
      )}
      {(BUSY.includes(state) || isUndoing) && (
        <Progress value={progress.percent ?? 100} animated mb="md" aria-label={t('progress')} />
      )}
      {fault && (
        <Alert color="red" mb="md" title={fault.code}>
          {fault.text} {fault.line !== null && `(${t('line')} ${fault.line})`}
        </Alert>
      )}
      <ImportNotices run={run} />
      {(state === 'previewed' || (state === 'failed' && run.columns.length > 0)) && (
        <Detected run={run} onRead={refresh} />
      )}
      <ScrollArea type="never" mb="sm">
        <SegmentedControl
          aria-label={t('verdict')}
          value={shown}
          onChange={setShown}
          data={SHOWN.filter((value) => value !== 'refused' || (countOf.refused ?? 0) > 0).map((value) => ({
            value,
            label: `${t(SHOWN_AS[value])} ${countOf[value] ?? ''}`,
          }))}
        />
      </ScrollArea>
      <ServerList
        label={t('import.preview')}
        queryKey={['rows', run.id, shown, state, run.revision]}
        load={(page) =>
          take(
            api.GET('/api/v1/imports/{id}/rows', {
              params: { ...params, query: { ...page, ...filterOf(shown) } },
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

function filterOf(shown: Shown): { verdict?: Exclude<Shown, 'all' | 'refused'>; outcome?: 'rejected' } {
  if (shown === 'all') return {};
  return shown === 'refused' ? { outcome: 'rejected' } : { verdict: shown };
}
