import { Anchor, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { LogViewer } from '../../logs/log-viewer.js';
import { AccountName, NamedDp } from '../../names.js';
import { State, Time } from '../../show.js';
import { useT } from '../../texts.js';
import { attemptsOf, type Attempt } from './attempt-history.js';
import { lastingText } from './lasting.js';

/** How an attempt ended, by the event that ended it. */
const STATES: Readonly<Partial<Record<Schema['TimelineEventDto']['kind'], string>>> = {
  'order-retry': 'failed',
  'order-passed-on': 'failed',
  'order-failed': 'failed',
  'order-succeeded': 'succeeded',
  'order-cancelled': 'cancelled',
  'order-expired': 'expired',
  'order-outcome-unknown': 'outcome-unknown',
};

interface Props {
  order: string;
  timeline: UseQueryResult<readonly Schema['TimelineEventDto'][]>;
  /** Of the computer, for files that are downloaded. */
  hostName: string;
}

/** Every attempt of an order, the newest first: accounts tried, what failed, and what the installer said. */
export function Attempts({ order, timeline, hostName }: Props): ReactNode {
  const t = useT();
  const attempts = attemptsOf(timeline.data ?? [], order).toReversed();
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        {t('attempts')}
      </Title>
      {attempts.length === 0 && (
        <Text size="sm" mb="lg">
          {t(timeline.data ? 'attempts.none' : timeline.isError ? 'attempts.unknown' : 'attempts.loading')}
        </Text>
      )}
      <Stack gap="sm" mb="lg">
        {attempts.map((attempt, index) => (
          <One key={attempt.number} of={attempt} isLast={index === 0} hostName={hostName} />
        ))}
      </Stack>
    </section>
  );
}

interface OneProps {
  of: Attempt;
  isLast: boolean;
  hostName: string;
}

function One({ of: attempt, isLast, hostName }: OneProps): ReactNode {
  const t = useT();
  const { number, dp, since, until, ending, failure, native, accounts, log } = attempt;
  const [shows, setShows] = useState(isLast);
  const state = ending === null ? 'running' : STATES[ending];
  const name = `${t('attempt')} ${number}`;
  return (
    <Card withBorder p="sm" component="article" aria-label={name}>
      <Group gap="xs" mb={4}>
        <Title order={3} size="h5">
          {name}
        </Title>
        {state !== undefined && <State of={state} />}
        {ending === 'order-lease-lapsed' && <Text size="sm">{t('attempt.lapsed')}</Text>}
        {dp !== null && (
          <Anchor component={Link} to={`/distribution-points/${dp}`} size="sm">
            <NamedDp id={dp} />
          </Anchor>
        )}
        <Text size="sm" c="dimmed">
          <Time at={since} exact />
          {until !== null && ` · ${t('attempt.took', { time: lastingText(since, until) })}`}
        </Text>
      </Group>
      {failure && (
        <>
          <Text size="sm" fw={600}>
            {failure.text} <SmallCode of={failure.code} />
          </Text>
          <Text size="sm">{failure.hint}</Text>
        </>
      )}
      {native && (
        <Text size="sm" ff="monospace" style={{ overflowWrap: 'anywhere' }}>
          {`${native.system} ${native.code}: ${native.text}`}
        </Text>
      )}
      {accounts.length > 0 && (
        <>
          <Text size="sm" fw={600} mt="xs">
            {t('attempt.accounts')}
          </Text>
          <ol style={{ margin: 0, paddingLeft: 20, fontSize: 'var(--mantine-font-size-sm)' }}>
            {accounts.map(({ account, result, text }, index) => (
              <li key={index}>
                <AccountName id={account} />
                {`: ${text} `}
                {result !== 'OK' && <SmallCode of={result} />}
              </li>
            ))}
          </ol>
        </>
      )}
      <Output
        log={log}
        shows={shows}
        show={() => setShows(true)}
        name={name}
        file={fileOf(hostName, number)}
      />
    </Card>
  );
}

const fileOf = (hostName: string, number: number): string => `${hostName}-${number}.log`;

interface OutputProps {
  log: string;
  shows: boolean;
  show: () => void;
  name: string;
  file: string;
}

function Output({ log, shows, show, name, file }: OutputProps): ReactNode {
  const t = useT();
  if (log === '') {
    return (
      <Text size="sm" c="dimmed" mt="xs">
        {t('attempt.noOutput')}
      </Text>
    );
  }
  return (
    <>
      <Text size="sm" fw={600} mt="xs" mb={4}>
        {t('attempt.output')}
      </Text>
      {shows ? (
        <LogViewer text={log} label={`${t('attempt.output')}: ${name}`} file={file} />
      ) : (
        <Button
          size="compact-xs"
          variant="default"
          onClick={show}
          aria-label={`${t('attempt.showOutput')}: ${name}`}
        >
          {t('attempt.showOutput')}
        </Button>
      )}
    </>
  );
}
