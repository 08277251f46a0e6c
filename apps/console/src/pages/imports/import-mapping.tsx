import { Button, Card, Group, NativeSelect, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { useMay } from '../../session/session.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { SaveProfile } from './import-profile.js';
import { ValueTable } from './import-values.js';
import { changesOf, chosenFor, isSettled, mappedOf, unseenOf, type Chosen } from './import-choices.js';
import type { Options } from './import-detected.js';

type Run = Schema['ImportRunDto'];
type Value = Schema['ColumnValueDto'];

interface Props {
  run: Run;
  /** What is changed of how the file is read, and not read yet. */
  options: Options;
  /** The column whose values are shown; null: the one that most likely says where a computer stands. */
  column: string | null;
  /** What is chosen here for its values and not read yet. */
  chosen: Chosen;
  onChange: (column: string | null, chosen: Chosen) => void;
  /** It is read again with these. */
  onRead: (run: Run, options: Options, chosen: Chosen) => void;
}

/** Which DP the rows with each value of a column get; what is chosen here is kept as a profile for files like this one. */
export function ValueMapping({ run, options, column, chosen, onChange, onRead }: Props): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  const values = useQuery({
    queryKey: ['imports', 'values', run.id, run.revision, column],
    queryFn: () =>
      take(
        api.GET('/api/v1/imports/{id}/values', {
          params: { path: { id: run.id }, query: { limit: 500, ...(column !== null && { column }) } },
        }),
      ),
    // a column that is named because it is shown is shown on
    placeholderData: (before) => (String(before?.column?.index) === column ? before : undefined),
  });
  const { column: shown, items = [], total = 0 } = values.data ?? {};
  const named = items.filter(({ value }) => value !== '');
  const blank = items.find(({ value }) => value === '');
  const mayChoose = mayImport && run.state === 'previewed';
  const isDpColumn = shown !== undefined && shown?.index === run.detected?.columns.dp;
  const unseen = unseenOf(run.options.mapping, shown ?? null, named);
  const goesTo = (value: Value): string => chosenFor(value, chosen);
  // all that is sent is given to it: what is drawn meanwhile may know other values
  const read = useMutation({
    mutationFn: ({ sent }: { sent: Options; options: Options; chosen: Chosen }) =>
      take(
        api.POST('/api/v1/imports/{id}/read', { params: { path: { id: run.id } }, body: { options: sent } }),
      ),
    onSuccess: (now, sent) => onRead(now, sent.options, sent.chosen),
  });
  const readWith = (made: Chosen): void => {
    const said = named.flatMap((one) => mappedOf(one, chosenFor(one, made)));
    const mapping = { column: shown?.index ?? 0, values: [...unseen, ...said] };
    read.mutate({ sent: { ...run.options, ...options, mapping }, options, chosen: made });
  };
  // nothing is left to be chosen: what comes of it is shown without another word, unless more than that is to be read
  const choose = (more: Chosen): void => {
    const now = { ...chosen, ...more };
    // it stays the one that is shown, whatever the file is told to be meanwhile
    onChange(shown ? String(shown.index) : null, changesOf(named, now));
    const isAlone = Object.keys(options).length === 0 && !read.isPending;
    if (isAlone && total <= items.length && isSettled(named, now)) readWith(now);
  };
  const suggestions = named.filter((one) => one.suggestion && goesTo(one) === '');
  const open = named.filter((one) => goesTo(one) === '').length;
  if (values.data && run.state !== 'previewed' && named.length === 0) return null;
  return (
    <Card withBorder mb="md">
      <Title order={2} size="h4">
        {t('mapping.title')}
      </Title>
      {run.state === 'previewed' && (
        <Text size="sm" mb="sm">
          {t('mapping.explain')}
        </Text>
      )}
      <Group align="end" mb="sm">
        <NativeSelect
          label={t('mapping.column')}
          value={column ?? (shown ? String(shown.index) : '')}
          onChange={(event) => onChange(event.currentTarget.value || null, {})}
          data={[
            ...(shown ? [] : [{ value: '', label: '–' }]),
            ...run.columns.map(({ index, header }) => ({
              value: String(index),
              label: header ?? String(index + 1),
            })),
          ]}
        />
        {mayChoose && suggestions.length > 1 && (
          <Button
            variant="default"
            onClick={() =>
              choose(
                Object.fromEntries(suggestions.map(({ value, suggestion }) => [value, suggestion?.dp ?? ''])),
              )
            }
          >
            {t('mapping.takeSuggestions', { count: suggestions.length })}
          </Button>
        )}
      </Group>
      <Fault error={values.error} />
      {named.length > 0 && (
        <Text size="sm" fw={600} role="status" mb="xs">
          {open === 0 ? t('mapping.allKnown') : t('mapping.unknown', { count: open })}
        </Text>
      )}
      {named.length > 0 && (
        <ValueTable
          values={named}
          goesTo={goesTo}
          none={isDpColumn ? 'mapping.noneRejected' : 'mapping.noneRules'}
          {...(mayChoose && { onChoose: choose })}
        />
      )}
      {blank !== undefined && <Text size="sm">{t('mapping.blank', { count: blank.rows })}</Text>}
      {total > items.length && <Text size="sm">{t('mapping.more', { count: total - items.length })}</Text>}
      {mayChoose && (
        <Group mt="sm" align="end">
          <Button
            variant={Object.keys(chosen).length === 0 ? 'default' : 'filled'}
            disabled={Object.keys(chosen).length === 0 || !values.data}
            loading={read.isPending}
            onClick={() => readWith(chosen)}
          >
            {t('mapping.apply')}
          </Button>
          <SaveProfile run={run} />
        </Group>
      )}
      <Fault error={read.error} />
    </Card>
  );
}
