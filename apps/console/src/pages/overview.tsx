import { Anchor, Card, Loader, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { Fault, Heading } from '../show.js';
import { language, useT } from '../texts.js';
import { OrdersPerHour } from './orders-per-hour.js';

/** The way of a computer, in order. */
const WAY = [
  'imported',
  'releasing',
  'awaiting-registration',
  'pending-restart',
  'ready',
  'install-failed',
  'retired',
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
      <SimpleGrid cols={{ base: 2, sm: 4, lg: 7 }} mb="xl">
        {WAY.map((state) => (
          <Figure
            key={state}
            label={t(`state.${state}`)}
            count={computers?.[state] ?? 0}
            to={`/computers?folder=all&state=${state}`}
          />
        ))}
      </SimpleGrid>
      <Title order={2} size="h4" mb="xs">
        {t('overview.now')}
      </Title>
      <SimpleGrid cols={{ base: 2, sm: 5 }} mb="xl">
        <Figure label={t('overview.running')} count={runningOrders} to="/orders?state=running" />
        <Figure
          label={t('overview.dpsPending')}
          count={distributionPoints.pending}
          to="/distribution-points"
        />
        <Figure
          label={t('overview.dpsOverdue')}
          count={distributionPoints.overdue}
          to="/distribution-points"
        />
        <Figure
          label={t('overview.dpsDisabled')}
          count={distributionPoints.disabled}
          to="/distribution-points"
        />
        <Figure label={t('overview.brakes')} count={brakes} to="/brakes" />
      </SimpleGrid>
      <Failures failures={failures} />
      <OrdersPerHour />
    </>
  );
}

function Figure({ label, count, to }: { label: string; count: number; to: string }): ReactNode {
  return (
    <Card withBorder component={Link} to={to} padding="md">
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
