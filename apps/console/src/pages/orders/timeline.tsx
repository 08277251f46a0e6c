import { Anchor, Group, NativeSelect, Text, TextInput, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { WithCodes } from '../../codes.js';
import { Time } from '../../show.js';
import { useT } from '../../texts.js';
import classes from './timeline.module.css';

type Event = Schema['TimelineEventDto'];
const SOURCES: readonly Event['source'][] = ['admin', 'importer', 'server', 'dp', 'client'];
/** Events that begin an order: from there one goes on to it. */
const BEGINS: readonly Event['kind'][] = ['released', 'action-asked'];

interface Props {
  events: readonly Event[];
  /** Whether orders are linked to; not on a page of one. */
  linked?: boolean;
}

/** What has happened, newest first, to the second; narrowed by who caused it and by words. */
export function Timeline({ events, linked = false }: Props): ReactNode {
  const t = useT();
  const [source, setSource] = useState('');
  const [wanted, setWanted] = useState('');
  const shown = events.filter(
    (event) =>
      (source === '' || event.source === source) &&
      event.text.toLocaleLowerCase().includes(wanted.toLocaleLowerCase()),
  );
  const sources = SOURCES.filter((one) => events.some((event) => event.source === one));
  return (
    <>
      <Group justify="space-between" mb="xs" align="end">
        <Title order={2} size="h4">
          {t('timeline')}
        </Title>
        <Group gap="xs">
          <TextInput
            size="xs"
            w={180}
            aria-label={t('timeline.search')}
            placeholder={t('timeline.search')}
            value={wanted}
            onChange={({ currentTarget: { value } }) => setWanted(value)}
          />
          <NativeSelect
            size="xs"
            aria-label={t('source')}
            value={source}
            onChange={({ currentTarget: { value } }) => setSource(value)}
            data={[
              { value: '', label: t('timeline.everything') },
              ...sources.map((one) => ({ value: one, label: t(`source.${one}`) })),
            ]}
          />
        </Group>
      </Group>
      {shown.length === 0 && <Text size="sm">{t('empty.filtered')}</Text>}
      <ol className={classes.timeline} aria-label={t('timeline')}>
        {shown.map((event) => (
          <li key={event.id}>
            <Time at={event.at} exact />
            <span>{t(`source.${event.source}`)}</span>
            <span>
              <WithCodes text={event.text} />
              {linked && event.order !== null && BEGINS.includes(event.kind) && (
                <>
                  {' '}
                  <Anchor component={Link} to={`/orders/${event.order}`} size="sm" underline="always">
                    {t('order.show')}
                  </Anchor>
                </>
              )}
              {event.importRun != null && (
                <>
                  {' '}
                  <Anchor component={Link} to={`/imports/${event.importRun}`} size="sm" underline="always">
                    {t('import.show')}
                  </Anchor>
                </>
              )}
            </span>
          </li>
        ))}
      </ol>
    </>
  );
}
