import { Alert, Loader, Stepper } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams } from 'react-router';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { Fault, Heading, NotShown, State, Time } from '../../show.js';
import { useT } from '../../texts.js';
import { Attempts } from '../orders/attempts.js';
import { ComputerActions } from './computer-actions.js';
import { ComputerFacts } from './computer-facts.js';
import classes from './computer.module.css';
import { OrderState } from '../orders/order-state.js';
import { Timeline } from '../orders/timeline.js';
import { useTimeline } from '../orders/use-timeline.js';

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
  if (computer.data === undefined || isRefused(computer.error))
    return <NotShown error={computer.error} heading={t('page.computers')} back="/computers" />;
  return <Details computer={computer.data} order={order.data} />;
}

function Details({ computer, order }: { computer: Computer; order?: Order }): ReactNode {
  const { id, hostName: name, state } = computer;
  const timeline = useTimeline(id);
  return (
    <>
      <Heading title={name} note={<State of={state} />} of={{ path: '/computers', name: 'page.computers' }}>
        <ComputerActions computer={computer} order={order} />
      </Heading>
      <Way computer={computer} />
      {computer.alerts.map((alert) => (
        <Alert key={alert.code} color="yellow" mb="md" title={alert.text}>
          <SmallCode of={alert.code} />
        </Alert>
      ))}
      <Waiting computer={computer} />
      {order && <OrderState order={order} open={computer.openOrder !== null} />}
      <ComputerFacts computer={computer} order={order} />
      <Fault error={timeline.error} />
      {order && <Attempts order={order.id} timeline={timeline} hostName={name} />}
      {timeline.data && <Timeline events={timeline.data} linked />}
    </>
  );
}

function Way({ computer: { id, state, status } }: { computer: Computer }): ReactNode {
  const t = useT();
  const timeline = useTimeline(id);
  const narrow = useMediaQuery('(max-width: 62em)');
  const at = state === 'install-failed' ? 1 : STEPS.findIndex((step) => step === state);
  // newest first: a step that was taken twice shows the last time
  const events = timeline.data ?? [];
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
