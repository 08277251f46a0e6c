import { Alert, Button, Group, Loader, Progress, ScrollArea, SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useParams } from 'react-router';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ServerList, type Column } from '../../lists/list.js';
import { MaybeDp } from '../../names.js';
import { useMay } from '../../session/session.js';
import { Fault, Heading, NotShown, State } from '../../show.js';
import { language, useT } from '../../texts.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';
import { DecideRow, Undecided } from './import-decide.js';
import {
  AssignmentNotices,
  ChooserFilter,
  chooserQuery,
  ChosenBy,
  CommitQuestions,
  ExplainRow,
} from './import-assignment.js';
import { readsOtherwise, unsentOf, type Chosen } from './import-choices.js';
import { Detected, type Options } from './import-detected.js';
import { ValueMapping } from './import-mapping.js';
import { ImportNotices } from './import-notices.js';
import { tabsOf } from './import-tabs.js';

type Run = Schema['ImportRunDto'];
type Row = Schema['ImportRowDto'];
const BUSY: readonly Run['state'][] = ['queued', 'reading', 'committing'];

const COLUMNS: readonly Column<Row>[] = [
  { title: 'line', sort: 'line', width: 0.6, isNumber: true, cell: ({ line }) => line },
  { title: 'verdict', sort: 'verdict', width: 1.2, cell: ({ verdict }) => <State of={verdict} /> },
  { title: 'name', sort: 'name', width: 1.4, cell: ({ hostName }) => hostName },
  { title: 'fqdn', width: 2, cell: ({ fqdn }) => fqdn ?? '–' },
  { title: 'dp', sort: 'dp', cell: ({ dp }) => <MaybeDp id={dp} /> },
  { title: 'import.chosenBy', width: 2.2, cell: (row) => <ChosenBy row={row} /> },
  {
    title: 'messages',
    isLong: true,
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
  if (run.data === undefined || isRefused(run.error))
    return <NotShown error={run.error} heading={t('page.imports')} back="/imports" />;
  return <OneRun key={id} run={run.data} />;
}

function OneRun({ run }: { run: Run }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const mayImport = useMay('operator');
  const [address, choose] = useUrlChoices();
  const tabs = tabsOf(run);
  const shown = tabs.find(({ name }) => name === address.get('show')) ?? tabs[0];
  const [asked, setAsked] = useState<'commit' | 'undo' | null>(null);
  const chooser = address.get('chosenBy') ?? '';
  const [withoutDp, setWithoutDp] = useState<'server' | 'reject'>('reject');
  const [why, setWhy] = useState<number | null>(null);
  const params = { path: { id: run.id } };
  // what was changed here and not read again would not be what is imported
  const [options, setOptions] = useState<Options>({});
  const [chosen, setChosen] = useState<Chosen>({});
  /** The column whose values these are for; null: the one that most likely says it. */
  const [column, setColumn] = useState<string | null>(null);
  const [isDropped, setDropped] = useState(false);
  const isUnread = Object.keys({ ...options, ...chosen }).length > 0;
  const refresh = (now: Run): void => {
    // events may have brought what came after this answer
    client.setQueryData<Run>(['imports', 'one', run.id], (known) =>
      known && known.revision > now.revision ? known : now,
    );
  };
  const readAgain = (now: Run, sent: Options, sentChoices: Chosen): void => {
    const unsent = unsentOf(chosen, sentChoices);
    // cells and columns may be others now: what is chosen for them is chosen anew
    const isOther = readsOtherwise(sent);
    setOptions((later) => unsentOf(later, sent));
    setChosen((later) => (isOther ? {} : unsentOf(later, sentChoices)));
    if (isOther) setColumn(null);
    setDropped(isOther && Object.keys(unsent).length > 0);
    refresh(now);
  };
  const move = useMutation({
    mutationFn: (what: 'commit' | 'discard' | 'undo') => {
      setWhy(null);
      switch (what) {
        case 'commit':
          return take(
            api.POST('/api/v1/imports/{id}/commit', {
              params,
              body: {
                ...(run.needsConfirmDrop && { confirmDrop: true }),
                ...(run.assignmentChanged && { confirmAssignment: true }),
                ...(run.needsDpChoice && { withoutDp }),
              },
            }),
          );
        case 'discard':
          return take(api.POST('/api/v1/imports/{id}/discard', { params }));
        case 'undo':
          return take(api.POST('/api/v1/imports/{id}/undo', { params }));
      }
    },
    onSuccess: (now) => readAgain(now, options, chosen),
  });
  const { state, counts, progress, fault, summary, undo } = run;
  // the choices are sent with the rest, but the rest is sent without them
  const button =
    Object.keys(chosen).length > 0 && run.source === 'csv' && state === 'previewed'
      ? 'mapping.apply'
      : Object.keys(options).length > 0
        ? 'import.again'
        : null;
  const needsWord = run.needsConfirmDrop || run.needsDpChoice || run.assignmentChanged;
  const isUndoing = undo !== null && !undo.at && !fault;
  return (
    <>
      <Heading
        title={run.file?.name ?? run.source}
        note={<State of={state} />}
        of={{ path: '/imports', name: 'page.imports' }}
      >
        {mayImport && state === 'previewed' && (
          <>
            <Button
              onClick={() => (needsWord ? setAsked('commit') : move.mutate('commit'))}
              loading={move.isPending}
              disabled={isUnread}
            >
              {t('import.commit', { count: Math.max(0, counts.new + counts.changed - run.undecided) })}
            </Button>
            <Button variant="default" onClick={() => move.mutate('discard')}>
              {t('import.discard')}
            </Button>
          </>
        )}
        {mayImport && state === 'committed' && !undo && (summary?.skipped ?? 0) > 0 && (
          <Button onClick={() => move.mutate('commit')} loading={move.isPending}>
            {t('import.commitRest', { count: summary?.skipped ?? 0 })}
          </Button>
        )}
        {mayImport && state === 'committed' && !undo && (
          <Button variant="default" onClick={() => setAsked('undo')}>
            {t('import.undo')}
          </Button>
        )}
        {(counts.rejected > 0 || (summary?.rejected ?? 0) > 0) && (
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
      {button !== null && (
        <Alert color="yellow" mb="md" role="status">
          {t('import.rereadFirst', { button: t(button) })}
        </Alert>
      )}
      {isDropped && (
        <Alert color="yellow" mb="md" role="status">
          {t('import.choicesDropped')}
        </Alert>
      )}
      {asked === 'commit' && (
        <FormDialog
          title={t(run.needsConfirmDrop ? 'import.drop.title' : 'import.decide.title')}
          action="import.drop.commit"
          danger
          explain={<CommitQuestions run={run} withoutDp={withoutDp} onChoose={setWithoutDp} />}
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
        <Alert color="red" mb="md" title={fault.text}>
          {fault.line !== null && `${t('line')} ${fault.line} `}
          <SmallCode of={fault.code} />
        </Alert>
      )}
      <ImportNotices run={run} />
      {mayImport && <Undecided run={run} onDecided={refresh} />}
      {(state === 'previewed' || (state === 'failed' && run.columns.length > 0)) && (
        <Detected
          run={run}
          options={options}
          onChange={setOptions}
          onRead={(now, sent) => readAgain(now, sent, {})}
        />
      )}
      {run.source === 'csv' && (state === 'previewed' || state === 'committed') && (
        <ValueMapping
          run={run}
          options={options}
          column={column}
          chosen={chosen}
          onChange={(of, now) => {
            setColumn(of);
            setChosen(now);
            setDropped(false);
          }}
          onRead={readAgain}
        />
      )}
      <AssignmentNotices run={run} />
      <ScrollArea type="never" mb="sm">
        <SegmentedControl
          aria-label={t('verdict')}
          value={shown?.name ?? 'all'}
          onChange={(show) => choose({ show: show === 'all' ? '' : show })}
          data={tabs.map(({ name, text, count }) => ({
            value: name,
            label: `${t(text)} ${count.toLocaleString(language())}`,
          }))}
        />
      </ScrollArea>
      <Group mb="sm" align="end">
        <Views list="import-rows" />
        <ChooserFilter run={run} value={chooser} onChange={(chosenBy) => choose({ chosenBy })} />
        <ExplainRow run={run} line={why} onChange={setWhy} />
      </Group>
      <ServerList
        label={t('import.preview')}
        queryKey={['rows', run.id, shown?.name, chooser, state, run.revision]}
        load={(page) =>
          take(
            api.GET('/api/v1/imports/{id}/rows', {
              params: { ...params, query: { ...page, ...shown?.filter, ...chooserQuery(chooser) } },
            }),
          )
        }
        sort="line"
        columns={shown?.name === 'undecided' && mayImport ? deciding(run, refresh) : COLUMNS}
        id={({ line }) => String(line)}
        empty={<Text>{t('empty.rows')}</Text>}
      />
    </>
  );
}

function deciding(run: Run, onDecided: (run: Run) => void): readonly Column<Row>[] {
  return [
    ...COLUMNS.filter(({ title }) => title !== 'verdict' && title !== 'dp'),
    {
      title: 'import.decide',
      width: 2.4,
      cell: ({ line }) => <DecideRow run={run} line={line} onDecided={onDecided} />,
    },
  ];
}
