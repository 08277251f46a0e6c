import {
  Alert,
  Button,
  Card,
  Group,
  NativeSelect,
  Select,
  Table,
  Text,
  TextInput,
  Title,
} from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { useMay } from '../session.js';
import { Fault } from '../show.js';
import { useT } from '../texts.js';

type Run = Schema['ImportRunDto'];
type Value = Schema['ColumnValueDto'];
type Mapped = Schema['MappedValueDto'];

/** A choice for each value that somebody has made one for. */
type Chosen = Readonly<Record<string, string>>;

/** Choices that are no id of a DP: no id has a colon. */
const REJECT = ':reject';
const SERVER = ':server';

/** Which DP the rows with each value of a column get; what is chosen here is kept as a profile for files like this one. */
export function ValueMapping({ run, onRead }: { run: Run; onRead: (run: Run) => void }): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  const [column, setColumn] = useState<string | null>(null);
  const [chosen, setChosen] = useState<Chosen>({});
  const values = useQuery({
    queryKey: ['imports', 'values', run.id, run.revision, column],
    queryFn: () =>
      take(
        api.GET('/api/v1/imports/{id}/values', {
          params: { path: { id: run.id }, query: { limit: 500, ...(column !== null && { column }) } },
        }),
      ),
  });
  const dps = useQuery({
    queryKey: ['dps', 'all'],
    queryFn: () => take(api.GET('/api/v1/distribution-points', { params: { query: { limit: 500 } } })),
  });
  const { column: shown, items = [], total = 0 } = values.data ?? {};
  const named = items.filter(({ value }) => value !== '');
  const goesTo = (value: Value, by = chosen): string => by[value.value] ?? targetOf(value);
  const read = useMutation({
    mutationFn: (by: Chosen) =>
      take(
        api.POST('/api/v1/imports/{id}/read', {
          params: { path: { id: run.id } },
          body: {
            options: {
              ...run.options,
              mapping: {
                column: shown?.index ?? 0,
                values: named.flatMap((one) => mappedOf(one, goesTo(one, by))),
              },
            },
          },
        }),
      ),
    onSuccess: (now) => {
      setChosen({});
      onRead(now);
    },
  });
  // nothing is left to be chosen: what comes of it is shown without another word
  const choose = (more: Chosen): void => {
    const now = { ...chosen, ...more };
    setChosen(now);
    if (total <= items.length && named.every((one) => goesTo(one, now) !== '')) read.mutate(now);
  };
  const suggestions = named.filter((one) => one.suggestion && goesTo(one) === '');
  const choices = [
    ...(dps.data?.items ?? []).map(({ id, name }) => ({ value: id, label: `${name} (${id})` })),
    { value: SERVER, label: t('assignment.target.server') },
    { value: REJECT, label: t('assignment.target.reject') },
  ];
  return (
    <Card withBorder mb="md">
      <Title order={2} size="h4">
        {t('mapping.title')}
      </Title>
      <Text size="sm" mb="sm">
        {t('mapping.explain')}
      </Text>
      <Group align="end" mb="sm">
        <NativeSelect
          label={t('mapping.column')}
          value={column ?? (shown ? String(shown.index) : '')}
          onChange={(event) => {
            setChosen({});
            setColumn(event.currentTarget.value || null);
          }}
          data={[
            ...(shown ? [] : [{ value: '', label: '–' }]),
            ...run.columns.map(({ index, header }) => ({
              value: String(index),
              label: header ?? String(index + 1),
            })),
          ]}
        />
        {mayImport && suggestions.length > 0 && (
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
        <Table.ScrollContainer minWidth={500} mah={400}>
          <Table aria-label={t('mapping.title')} stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('mapping.value')}</Table.Th>
                <Table.Th>{t('rows')}</Table.Th>
                <Table.Th>{t('dp')}</Table.Th>
                <Table.Th>{t('mapping.suggestion')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {named.map((one) => (
                <Table.Tr key={one.value}>
                  <Table.Td>{one.value}</Table.Td>
                  <Table.Td>{one.rows}</Table.Td>
                  <Table.Td>
                    <Select
                      aria-label={`${t('dp')} ${one.value}`}
                      size="xs"
                      searchable
                      clearable
                      clearButtonProps={{ 'aria-label': t('mapping.clear') }}
                      disabled={!mayImport}
                      placeholder={t('mapping.open')}
                      nothingFoundMessage={t('mapping.noDp')}
                      value={goesTo(one) || null}
                      onChange={(target) => choose({ [one.value]: target ?? '' })}
                      data={choices}
                    />
                  </Table.Td>
                  <Table.Td>{one.suggestion && goesTo(one) === '' ? `${one.suggestion.name}?` : ''}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
      {total > items.length && <Text size="sm">{t('mapping.more', { count: total - items.length })}</Text>}
      {mayImport && (
        <Group mt="sm" align="end">
          <Button
            variant="default"
            disabled={Object.keys(chosen).length === 0}
            loading={read.isPending}
            onClick={() => read.mutate(chosen)}
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

function targetOf({ target, dp }: Value): string {
  if (target === 'reject') return REJECT;
  if (target === 'server') return SERVER;
  return dp ?? '';
}

/** A value that names its DP already needs no word, unless somebody says another one. */
function mappedOf(one: Value, target: string): Mapped[] {
  const { value, by } = one;
  if (target === '' || (by !== 'mapping' && target === targetOf(one))) return [];
  if (target === REJECT) return [{ value, target: 'reject' }];
  return target === SERVER ? [{ value, target: 'server' }] : [{ value, dp: target }];
}

/** Keeps what the run was told for the next file with these headings. */
function SaveProfile({ run }: { run: Run }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(run.file?.name.replace(/\.[^.]*$/, '') ?? '');
  const profile = run.assignment?.profile ?? null;
  const save = useMutation({
    mutationFn: () =>
      profile
        ? take(
            api.PATCH('/api/v1/import-profiles/{id}', {
              params: { path: { id: profile.id } },
              body: { run: run.id },
            }),
          )
        : take(api.POST('/api/v1/import-profiles', { body: { name, run: run.id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['imports'] }),
  });
  if (!run.options.mapping && !run.options.columns) return null;
  return (
    <>
      {!profile && (
        <TextInput
          label={t('mapping.profileName')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Button
        variant="default"
        disabled={!profile && name.trim() === ''}
        loading={save.isPending}
        onClick={() => save.mutate()}
      >
        {profile ? t('mapping.updateProfile', { name: profile.name }) : t('mapping.saveProfile')}
      </Button>
      {save.data && (
        <Alert color="teal" role="status">
          {t('mapping.saved', { name: save.data.name })}
        </Alert>
      )}
      <Fault error={save.error} />
    </>
  );
}
