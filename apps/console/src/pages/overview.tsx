import { Anchor, Card, Loader, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { CSSProperties, ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { Fault, Heading } from '../show.js';
import { language, useT } from '../texts.js';
import classes from './overview.module.css';
import { OrdersPerHour } from './orders-per-hour.js';

/** The way of a computer, in order, with the colour of its states. */
const WAY = [
  ['imported', 'gray'],
  ['releasing', 'blue'],
  ['awaiting-registration', 'yellow'],
  ['pending-restart', 'yellow'],
  ['ready', 'teal'],
] as const;

export function Component(): ReactNode {
  const t = useT();
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => take(api.GET('/api/v1/overview')) });
  if (overview.isPending) return <Loader />;
  if (overview.isError) return <Fault error={overview.error} />;
  const { computers, runningOrders, distributionPoints, failures, brakes } = overview.data;
  const none = Object.values(computers ?? {}).every((count) => count === 0);
  return (
    <>
      <Heading title={t('page.overview')} />
      {none && (
        <Card withBorder mb="md">
          <Text>
            {t('empty.computers')}{' '}
            <Anchor component={Link} to="/imports" underline="always">
              {t('page.imports')}
            </Anchor>
          </Text>
        </Card>
      )}
      <Title order={2} size="h4" mb="xs">
        {t('overview.way')}
      </Title>
      <ol className={classes.way}>
        {WAY.map(([state, colour]) => (
          <li key={state}>
            <Link
              to={`/computers?folder=all&state=${state}`}
              className={classes.step}
              style={{ '--tint': `var(--mantine-color-${colour}-light)` } as CSSProperties}
            >
              <span className={classes.label}>{t(`state.${state}`)}</span>{' '}
              <span className={classes.count}>{(computers?.[state] ?? 0).toLocaleString(language())}</span>
            </Link>
          </li>
        ))}
      </ol>
      <SimpleGrid cols={2} mb="xl" maw={520}>
        <Figure
          label={t('state.install-failed')}
          count={computers?.['install-failed'] ?? 0}
          to="/computers?folder=all&state=install-failed"
          alarm="red"
        />
        <Figure
          label={t('state.retired')}
          count={computers?.['retired'] ?? 0}
          to="/computers?folder=all&state=retired"
        />
      </SimpleGrid>
      <Title order={2} size="h4" mb="xs">
        {t('overview.now')}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 6 }} mb="xl">
        <Figure label={t('overview.running')} count={runningOrders} to="/orders?state=running" />
        <Figure
          label={t('overview.dpsPending')}
          count={distributionPoints.pending}
          to="/distribution-points?state=pending"
          alarm="yellow"
        />
        <Figure
          label={t('overview.dpsOverdue')}
          count={distributionPoints.overdue}
          to="/distribution-points?overdue=true"
          alarm="red"
        />
        <Figure
          label={t('overview.dpsWithoutAccount')}
          count={distributionPoints.withoutAccount}
          to="/distribution-points?withoutAccount=true"
          alarm="red"
        />
        <Figure
          label={t('overview.dpsDisabled')}
          count={distributionPoints.disabled}
          to="/distribution-points?state=disabled"
        />
        <Figure label={t('overview.brakes')} count={brakes} to="/brakes" alarm="red" />
      </SimpleGrid>
      <Failures failures={failures} />
      <OrdersPerHour />
    </>
  );
}

interface FigureProps {
  label: string;
  count: number;
  to: string;
  /** How much anything but zero asks for somebody; absent: it is only told. */
  alarm?: 'red' | 'yellow';
}

function Figure({ label, count, to, alarm }: FigureProps): ReactNode {
  const style = alarm && count > 0 ? { background: `var(--mantine-color-${alarm}-light)` } : undefined;
  return (
    <Card withBorder component={Link} to={to} padding="md" style={style}>
      <Stack justify="space-between" h="100%" gap={4}>
        <Text size="sm">{label}</Text>
        <Text fw={700} size="xl">
          {count.toLocaleString(language())}
        </Text>
      </Stack>
    </Card>
  );
}

function Failures({ failures }: Pick<Schema['OverviewDto'], 'failures'>): ReactNode {
  const t = useT();
  const rows = Object.entries(failures).toSorted(([, a], [, b]) => b - a);
  return (
    <>
      <Title order={2} size="h4" mb="xs">
        {t('overview.failures')}
      </Title>
      {rows.length === 0 ? (
        <Text mb="xl">{t('overview.noFailures')}</Text>
      ) : (
        <Table withTableBorder maw={520} mb="xl" aria-label={t('overview.failures')}>
          <Table.Tbody>
            {rows.map(([code, count]) => (
              <Table.Tr key={code}>
                <Table.Td>
                  <Anchor component={Link} to={`/orders?failure=${code}`} size="sm">
                    {code}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right">{count}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </>
  );
}
