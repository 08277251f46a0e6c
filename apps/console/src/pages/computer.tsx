import { Alert, Anchor, Badge, Card, Group, Loader, SimpleGrid, Stepper, Text, Title } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { Facts } from '../facts.js';
import { Age, Fault, Heading, NotShown, State, Time } from '../show.js';
import { language, named, useT } from '../texts.js';
import { ComputerActions } from './computer-actions.js';
import classes from './computer.module.css';

type Computer = Schema['ComputerDto'];
type Order = Schema['OrderDto'];
const STEPS = ['imported', 'releasing', 'awaiting-registration', 'pending-restart', 'ready'] as const;
/** Names of a step above or below its mark, so that five fit side by side. */
const ACROSS = {
  steps: classes.steps,
  step: classes.step,
  stepBody: classes.body,
  separator: classes.separator,
};

export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const params = { path: { id } };
  const computer = useQuery({
    queryKey: ['computers', 'one', id],
    queryFn: () => take(api.GET('/api/v1/computers/{id}', { params })),
  });
  const orderId = computer.data?.openOrder?.id ?? computer.data?.lastOrder;
  const order = useQuery({
    queryKey: ['orders', 'one', orderId],
    queryFn: () => take(api.GET('/api/v1/orders/{id}', { params: { path: { id: orderId ?? '' } } })),
    enabled: orderId != null,
  });
  if (computer.isPending) return <Loader />;
  if (computer.isError)
    return <NotShown error={computer.error} heading={t('page.computers')} back="/computers" />;
  return <Details computer={computer.data} order={order.data} />;
}

function Details({ computer, order }: { computer: Computer; order?: Order }): ReactNode {
  const t = useT();
  const { id, hostName: name, state, dp, status } = computer;
  return (
    <>
      <Heading title={name} note={<State of={state} />} of={{ path: '/computers', name: 'page.computers' }}>
        <ComputerActions computer={computer} order={order} />
      </Heading>
      <Way computer={computer} />
      {computer.alerts.map((alert) => (
        <Alert key={alert.code} color="yellow" mb="md" title={alert.code}>
          {alert.text}
        </Alert>
      ))}
      <Waiting computer={computer} />
      {order && <OrderState order={order} open={computer.openOrder !== null} />}
      <SimpleGrid cols={{ base: 1, sm: 2 }} mb="lg">
        <Card withBorder>
          <Facts
            facts={[
              ['FQDN', computer.fqdn ?? '–'],
              [t('address'), computer.address ?? '–'],
              [t('description'), computer.inventory.description ?? '–'],
              [t('tenant'), computer.tenant],
              [t('dp.fixed'), dp.fixed ?? '–'],
              [t('dp.assigned'), dp.assigned ?? '–'],
            ]}
          />
        </Card>
        <Card withBorder>
          <Facts
            facts={[
              [
                t('since'),
                <>
                  <Time at={status.at} /> (<Age at={status.at} />)
                </>,
              ],
              [t('source'), t(`source.${status.source}`)],
              [t('client'), computer.client?.version ?? '–'],
              [t('lastContact'), <Time key="contact" at={computer.client?.lastContact} />],
              [t('os'), computer.inventory.os ?? '–'],
              [t('lastProbe'), <LastProbe key="probe" of={computer.lastProbe} />],
            ]}
          />
        </Card>
      </SimpleGrid>
      <Timeline id={id} />
    </>
  );
}

/** What the last look at its reachability found. */
function LastProbe({ of }: { of: Computer['lastProbe'] }): ReactNode {
  const t = useT();
  if (of === null) return '–';
  return (
    <>
      {of.result === 'OK' ? t('probe.ok') : of.result} (DP {of.dp}, <Age at={of.at} />)
    </>
  );
}

function Way({ computer: { id, state, status } }: { computer: Computer }): ReactNode {
  const t = useT();
  const timeline = useTimeline(id);
  const narrow = useMediaQuery('(max-width: 62em)');
  const at = state === 'install-failed' ? 1 : STEPS.findIndex((step) => step === state);
  // newest first: a step that was taken twice shows the last time
  const events = timeline.data?.items ?? [];
  const reachedAt = (step: string): string | null => {
    if (step !== 'awaiting-registration')
      return events.find(({ to, kind }) => to === step || kind === step)?.at ?? null;
    // it began with the end of the order before the registration; one that was quicker than the report has none
    const registered = events.findIndex(({ kind }) => kind === 'registered');
    const before = events.slice(registered + 1);
    const last = before.find(({ kind }) => kind === 'order-succeeded' || kind === 'released');
    return last?.kind === 'order-succeeded' ? last.at : null;
  };
  return (
    <Stepper
      active={state === 'ready' || state === 'retired' ? STEPS.length : at}
      orientation={narrow ? 'vertical' : 'horizontal'}
      size="sm"
      my="lg"
      aria-label={t('overview.way')}
      {...(!narrow && { classNames: ACROSS })}
    >
      {STEPS.map((step, index) => (
        <Stepper.Step
          key={step}
          component="div"
          allowStepSelect={false}
          color={state === 'install-failed' && index === 1 ? 'red' : undefined}
          label={t(state === 'install-failed' && index === 1 ? 'state.install-failed' : `state.${step}`)}
          description={index <= at ? <Time at={index === at ? status.at : reachedAt(step)} /> : undefined}
        />
      ))}
    </Stepper>
  );
}

/** What the computer itself waits for when no order does, until when, and what to do. */
function Waiting({ computer: { state, dp, tenant, status, registerBy } }: { computer: Computer }): ReactNode {
  const t = useT();
  const settings = useQuery({
    queryKey: ['settings', 'of', dp.assigned ?? tenant],
    queryFn: () =>
      dp.assigned === null
        ? take(api.GET('/api/v1/tenants/{tenant}/settings', { params: { path: { tenant } } }))
        : take(
            api.GET('/api/v1/distribution-points/{dp}/settings', { params: { path: { dp: dp.assigned } } }),
          ),
    enabled: state === 'pending-restart',
  });
  if (state !== 'imported' && state !== 'awaiting-registration' && state !== 'pending-restart') return null;
  const patience = settings.data?.effective?.restartAlert?.value;
  const until =
    state === 'awaiting-registration'
      ? registerBy
      : state === 'pending-restart' && typeof patience === 'number'
        ? new Date(Date.parse(status.at) + patience * 1000).toISOString()
        : null;
  return (
    <Alert variant="light" mb="lg" color="blue">
      {t(`next.${state}`)}
      {until !== null && (
        <>
          {' '}
          {t(`next.${state === 'pending-restart' ? 'alertAt' : 'failsAt'}`)} <Time at={until} />.
        </>
      )}
    </Alert>
  );
}

/** What the order waits for and until when; how it failed and what to do. */
function OrderState({ order, open }: { order: Order; open: boolean }): ReactNode {
  const t = useT();
  const { failure, heldBack, lastReport } = order;
  return (
    <Card withBorder mb="lg">
      <Group mb="xs">
        <Title order={2} size="h4">
          {t(`order.of.${order.kind}`)}
        </Title>
        <State of={order.state} />
        <Badge variant="default" tt="none">{`DP ${order.dp}`}</Badge>
        {order.state === 'running' && lastReport?.phase && (
          <Text size="sm">{`${named('phase', lastReport.phase)}${lastReport.percent === null ? '' : ` ${lastReport.percent} %`}`}</Text>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {t('order.asked', { by: order.requestedBy, attempt: order.attempt, attempts: order.attempts })}
        {order.note !== null && ` “${order.note}”`}
      </Text>
      {open && (
        <Text size="sm">
          {order.waitsFor ? `${t(`wait.${order.waitsFor.code}`)} ${t('waitsUntil')} ` : `${t('waitsUntil')} `}
          <Time at={order.waitsFor?.until ?? order.expiresAt} />{' '}
          {heldBack?.brake && (
            <Anchor component={Link} to="/brakes" size="sm" underline="always">
              {t('page.brakes')}
            </Anchor>
          )}
        </Text>
      )}
      {failure && (
        <Alert color="red" mt="sm" title={failure.code}>
          <Text size="sm">{failure.hint[language()]}</Text>
          {failure.native && (
            <Text size="sm" ff="monospace" mt="xs">
              {`${failure.native.system} ${failure.native.code}: ${failure.native.text}`}
            </Text>
          )}
        </Alert>
      )}
    </Card>
  );
}

function useTimeline(id: string): UseQueryResult<Schema['TimelinePage']> {
  return useQuery({
    queryKey: ['timeline', id],
    queryFn: () =>
      take(api.GET('/api/v1/computers/{id}/timeline', { params: { path: { id }, query: { limit: 200 } } })),
  });
}

function Timeline({ id }: { id: string }): ReactNode {
  const t = useT();
  const timeline = useTimeline(id);
  return (
    <>
      <Title order={2} size="h4" mb="xs">
        {t('timeline')}
      </Title>
      <Fault error={timeline.error} />
      <ol className={classes.timeline} aria-label={t('timeline')}>
        {timeline.data?.items.map((event) => (
          <li key={event.id}>
            <Time at={event.at} exact />
            <span>{t(`source.${event.source}`)}</span>
            <span>{event.text}</span>
          </li>
        ))}
      </ol>
    </>
  );
}
