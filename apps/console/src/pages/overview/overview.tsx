import { Anchor, Card, Group, Loader, SimpleGrid, Stack, Text } from '@mantine/core';
import { usePrefetchQuery, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, type CSSProperties, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { Fault, Heading } from '../../show.js';
import { language, useT } from '../../texts.js';
import classes from './overview.module.css';
import { Needs } from './overview-needs.js';
import { RUNNING_ROLLOUTS, RunningRollouts, Sites, SITES } from './overview-live.js';
import { Section } from './overview-section.js';
import { ORDERS_PER_HOUR, OrdersPerHour } from './orders-per-hour.js';

type Overview = Schema['OverviewDto'];

/** Only needed at the beginning, so not a part of the first page. */
const FirstSteps = lazy(async () => ({ default: (await import('./first-steps.js')).FirstSteps }));

/** The way of a computer, in order, with the colour of its states. */
const WAY = [
  ['imported', 'gray'],
  ['releasing', 'blue'],
  ['awaiting-registration', 'yellow'],
  ['pending-restart', 'yellow'],
  ['ready', 'teal'],
] as const;

/** What needs somebody, and how everything stands. */
export function Component(): ReactNode {
  const t = useT();
  // side by side with the figures, which everything else is shown below
  usePrefetchQuery(RUNNING_ROLLOUTS);
  usePrefetchQuery(SITES);
  usePrefetchQuery(ORDERS_PER_HOUR);
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => take(api.GET('/api/v1/overview')) });
  if (overview.isPending) return <Loader />;
  if (overview.data === undefined || isRefused(overview.error)) return <Fault error={overview.error} />;
  const { computers, causes, distributionPoints } = overview.data;
  const known = Object.values(computers).reduce((sum, count) => sum + count, 0);
  return (
    <>
      <Heading title={t('page.overview')} />
      {computers.imported === known || distributionPoints.enabled === 0 ? (
        <Suspense>
          <FirstSteps overview={overview.data} />
        </Suspense>
      ) : null}
      {known === 0 && (
        <Card withBorder mb="md">
          <Text>
            {t('empty.computers')}{' '}
            <Anchor component={Link} to="/imports" underline="always">
              {t('page.imports')}
            </Anchor>
          </Text>
        </Card>
      )}
      <Stack gap="xl">
        <Needs overview={overview.data} />
        <Way overview={overview.data} />
        <RunningRollouts />
        <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="xl">
          <Section title="overview.failures">
            <Causes causes={causes} />
          </Section>
          <Sites />
        </SimpleGrid>
        <OrdersPerHour />
      </Stack>
    </>
  );
}

function Way({ overview: { computers, runningOrders } }: { overview: Overview }): ReactNode {
  const t = useT();
  return (
    <Section title="overview.way">
      <ol className={classes.way}>
        {WAY.map(([state, colour]) => (
          <li key={state}>
            <Link
              to={`/computers?folder=all&state=${state}`}
              className={classes.step}
              style={{ '--tint': `var(--mantine-color-${colour}-light)` } as CSSProperties}
            >
              <span className={classes.label}>{t(`state.${state}`)}</span>{' '}
              <span className={classes.count}>{computers[state].toLocaleString(language())}</span>
            </Link>
          </li>
        ))}
      </ol>
      <Group gap="lg">
        <Count label={t('overview.running')} count={runningOrders} to="/orders?state=running" />
        {(['install-failed', 'retired'] as const).map((state) => (
          <Count
            key={state}
            label={t(`state.${state}`)}
            count={computers[state]}
            to={`/computers?folder=all&state=${state}`}
          />
        ))}
      </Group>
    </Section>
  );
}

function Count({ label, count, to }: { label: string; count: number; to: string }): ReactNode {
  return (
    <Anchor component={Link} to={to} size="sm">
      {`${label}: ${count.toLocaleString(language())}`}
    </Anchor>
  );
}

/**
 * Why orders failed, in words; the code is for who searches for it. A plain table: Mantine's has what scrolls and places
 * things on the screen with it, which no other part of the first page needs.
 */
function Causes({ causes }: Pick<Overview, 'causes'>): ReactNode {
  const t = useT();
  if (causes.length === 0) return <Text size="sm">{t('overview.noFailures')}</Text>;
  return (
    <table className={classes.causes} aria-label={t('overview.failures')}>
      <tbody>
        {causes.map(({ code, count, text, title = code }) => (
          <tr key={code}>
            <td>
              <Anchor component={Link} to={`/orders?failure=${code}`} size="sm">
                {title}
              </Anchor>{' '}
              <SmallCode of={code} />
              <Text size="sm" c="dimmed">
                {text}
              </Text>
            </td>
            <td>{count.toLocaleString(language())}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
