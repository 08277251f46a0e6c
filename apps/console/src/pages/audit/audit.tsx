import { Anchor, Button, Group, Text } from '@mantine/core';
import { useMemo, useState, type ReactNode } from 'react';
import { api, take } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { ServerList, type Column } from '../../lists/list.js';
import { FilterChip } from '../../names.js';
import { Heading, Time } from '../../show.js';
import { language, useT } from '../../texts.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';
import { PickField } from '../../forms/pick-field.js';
import { AuditEntry, type Entry } from './audit-entry.js';
import { AuditTimes, DAYS } from './audit-times.js';

/** What of the address narrows the list, by the name that the API has for it. */
const FILTERS = ['action', 'target', 'who'] as const;
type Filter = (typeof FILTERS)[number];
/** Those that are chosen by what an entry shows. */
const CHIPS = ['action', 'target'] as const;

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
    ...Object.fromEntries(FILTERS.flatMap((name) => (params.get(name) ? [[name, params.get(name)]] : []))),
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
        <Views list="audit" />
        <AuditTimes params={params} choose={choose} />
        <PickField
          of="actor"
          label={t('user')}
          none={t('audit.anybody')}
          value={params.get('who') ?? ''}
          onChange={(who) => change('who', who)}
        />
        {CHIPS.map((name) =>
          params.get(name) ? (
            <FilterChip
              key={name}
              name={`audit.${name}`}
              label={t(`audit.${name}`)}
              value={params.get(name) ?? ''}
              find={(value) => calledInAudit(name, value)}
              onClear={() => change(name, '')}
            />
          ) : null,
        )}
      </Group>
      <ServerList
        label={t('page.audit')}
        queryKey={['audit', 'list', filter]}
        load={(page) => take(api.GET('/api/v1/audit', { params: { query: { ...page, ...filter } } }))}
        sort="-at"
        columns={columnsFor(change, setShown, Object.keys(filter).length > 0)}
        id={({ id }) => id}
        empty={<Text>{t(Object.keys(filter).length > 0 ? 'empty.filtered' : 'empty.audit')}</Text>}
      />
      {shown && (
        <AuditEntry
          entry={shown}
          onTarget={() => {
            setShown(null);
            change('target', shown.target);
          }}
          onClose={() => setShown(null)}
        />
      )}
    </>
  );
}

/** How an entry calls what the list is narrowed to. */
async function calledInAudit(filter: (typeof CHIPS)[number], value: string): Promise<string | undefined> {
  if (filter === 'action') return undefined;
  const { items } = await take(api.GET('/api/v1/audit', { params: { query: { target: value, limit: 1 } } }));
  return items[0]?.targetName;
}

/** Who and what narrow the list to themselves; the sentence opens what was changed. What is narrowed is sorted by time only. */
function columnsFor(
  narrow: (name: Filter, value: string) => void,
  show: (entry: Entry) => void,
  isNarrowed: boolean,
): readonly Column<Entry>[] {
  const narrowing = (name: Filter, value: string, text: string, isCode = false): ReactNode => (
    <Anchor
      component="button"
      type="button"
      size="sm"
      miw={24}
      mih={24}
      title={text}
      onClick={() => narrow(name, value)}
    >
      {isCode ? <SmallCode of={text} inherit /> : text}
    </Anchor>
  );
  return [
    { title: 'time', sort: 'at', width: 2.2, cell: ({ at }) => <Time at={at} exact /> },
    {
      title: 'audit.what',
      isLong: true,
      width: 4,
      cell: (entry) => (
        <Anchor
          component="button"
          type="button"
          size="sm"
          ta="left"
          mih={24}
          title={`${entry.action} ${entry.target}`}
          onClick={() => show(entry)}
        >
          {entry.text ?? `${entry.action} ${entry.target}`}
        </Anchor>
      ),
    },
    { title: 'user', cell: ({ who }) => (who ? narrowing('who', who.id, who.name) : '–') },
    { title: 'address', cell: ({ address }) => address ?? '–' },
    {
      title: 'audit.action',
      ...(!isNarrowed && { sort: 'action' }),
      width: 1.5,
      cell: ({ action }) => narrowing('action', action, action, true),
    },
  ];
}
