import { Anchor, Button, Code, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { useFocusBack } from '../focus-back.js';
import { ServerList, type Column } from '../list.js';
import { Heading, Time } from '../show.js';
import { language, useT } from '../texts.js';
import { useUrlChoices } from '../url-choices.js';
import { AuditTimes, DAYS } from './audit-times.js';

type Entry = Schema['AuditPage']['items'][number];

/** What of the address narrows the list, by the name that the API has for it. */
const FILTERS = { action: 'audit.action', target: 'audit.target', who: 'user' } as const;
type Filter = keyof typeof FILTERS;

const DAY_MS = 86_400_000;

export function Component(): ReactNode {
  const t = useT();
  const [params, choose] = useUrlChoices();
  const [shown, setShown] = useState<Entry | null>(null);
  const change = (name: string, value: string): void => choose({ [name]: value });
  const days = params.get('days') ?? '';
  const [from, until] = [params.get('since') ?? undefined, params.get('until') ?? undefined];
  // counted once for each choice, so that the list is not another one each time it is drawn
  const since = useMemo(
    () => (DAYS.includes(days) ? new Date(Date.now() - Number(days) * DAY_MS).toISOString() : from),
    [days, from],
  );
  const filter = {
    ...Object.fromEntries(
      Object.keys(FILTERS).flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : [])),
    ),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  const exported = new URLSearchParams(filter).toString();
  return (
    <>
      <Heading title={t('page.audit')}>
        <Button
          component="a"
          href={`/api/v1/audit/export.csv?${exported}&lang=${language()}`}
          variant="default"
          download
        >
          {t('downloadCsv')}
        </Button>
        <Button component="a" href={`/api/v1/audit/export.ndjson?${exported}`} variant="default" download>
          {t('audit.ndjson')}
        </Button>
      </Heading>
      <Group mb="sm" align="end">
        <AuditTimes params={params} choose={choose} />
        {(Object.keys(FILTERS) as Filter[]).map((name) =>
          params.get(name) ? (
            <Button key={name} variant="light" onClick={() => change(name, '')}>
              {`${t(FILTERS[name])}: ${params.get(name)} ✕`}
            </Button>
          ) : null,
        )}
      </Group>
      <ServerList
        label={t('page.audit')}
        queryKey={['audit', 'list', filter]}
        load={(page) => take(api.GET('/api/v1/audit', { params: { query: { ...page, ...filter } } }))}
        columns={columnsFor(change, setShown, t('audit.show'))}
        id={({ id }) => id}
        empty={<Text>{t(Object.keys(filter).length > 0 ? 'empty.filtered' : 'empty.audit')}</Text>}
      />
      {shown && <EntryDialog entry={shown} onClose={() => setShown(null)} />}
    </>
  );
}

/** Who, what and to what narrow the list to themselves. */
function columnsFor(
  narrow: (name: Filter, value: string) => void,
  show: (entry: Entry) => void,
  showText: string,
): readonly Column<Entry>[] {
  const narrowing = (name: Filter, value: string, text: string): ReactNode => (
    <Anchor
      component="button"
      type="button"
      size="sm"
      miw={24}
      mih={24}
      title={text}
      onClick={() => narrow(name, value)}
    >
      {text}
    </Anchor>
  );
  return [
    { title: 'time', width: 1.4, cell: ({ at }) => <Time at={at} /> },
    { title: 'user', cell: ({ who }) => (who ? narrowing('who', who.id, who.name) : '–') },
    { title: 'address', cell: ({ address }) => address ?? '–' },
    { title: 'audit.action', width: 1.5, cell: ({ action }) => narrowing('action', action, action) },
    { title: 'audit.target', width: 2, cell: ({ target }) => narrowing('target', target, target) },
    {
      title: 'audit.change',
      cell: (entry) => (
        <Button
          size="xs"
          variant="default"
          aria-label={`${showText}: ${entry.action} ${entry.target}`}
          onClick={() => show(entry)}
        >
          {showText}
        </Button>
      ),
    },
  ];
}

function EntryDialog({ entry, onClose }: { entry: Entry; onClose: () => void }): ReactNode {
  const t = useT();
  useFocusBack();
  const { before, after, ...rest } = entry.data;
  const rows = rowsOf(before, after);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={`${entry.action} ${entry.target}`}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">
          <Time at={entry.at} /> · {entry.who?.name ?? t('audit.server')} · {entry.address ?? '–'}
        </Text>
        {rows.length > 0 && (
          <Table.ScrollContainer minWidth={320}>
            <Table aria-label={t('audit.change')}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('audit.field')}</Table.Th>
                  <Table.Th>{t('audit.before')}</Table.Th>
                  <Table.Th>{t('audit.after')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map(({ field, old, now }) => (
                  <Table.Tr key={field} fw={old === now ? undefined : 600}>
                    <Table.Th scope="row" fw="inherit">
                      {field}
                    </Table.Th>
                    <Table.Td>{old}</Table.Td>
                    <Table.Td>{now}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
        {Object.keys(rest).length > 0 && <Code block>{JSON.stringify(rest, null, 2)}</Code>}
        {rows.length === 0 && Object.keys(rest).length === 0 && <Text size="sm">{t('audit.nothing')}</Text>}
      </Stack>
    </Modal>
  );
}

/** Each field before and after; what was not there is a dash. */
function rowsOf(before: unknown, after: unknown): { field: string; old: string; now: string }[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)];
  const names = new Set([...Object.keys(old), ...Object.keys(now)]);
  return Array.from(names, (field) => ({ field, old: shownValue(old[field]), now: shownValue(now[field]) }));
}

const fieldsOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function shownValue(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
