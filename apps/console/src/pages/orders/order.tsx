import { Anchor, Card, Loader, SimpleGrid, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { Facts } from '../../facts.js';
import { DpName } from '../../names.js';
import { Fault, Heading, NotShown, State, Time } from '../../show.js';
import { useT } from '../../texts.js';
import { Attempts } from './attempts.js';
import { lastingText } from './lasting.js';
import { OrderActions } from './order-actions.js';
import { Failure, WaitsFor } from './order-state.js';
import { Timeline } from './timeline.js';
import { useTimeline } from './use-timeline.js';

type Order = Schema['OrderDto'];

/** One order: what became of each of its attempts, and why. */
export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const order = useQuery({
    queryKey: ['orders', 'one', id],
    queryFn: () => take(api.GET('/api/v1/orders/{id}', { params: { path: { id } } })),
  });
  if (order.isPending) return <Loader />;
  if (order.data === undefined || isRefused(order.error))
    return <NotShown error={order.error} heading={t('page.orders')} back="/orders" />;
  return <Details order={order.data} />;
}

function Details({ order }: { order: Order }): ReactNode {
  const t = useT();
  const timeline = useTimeline(order.computer);
  const name = order.computerName ?? order.computer;
  return (
    <>
      <Heading
        title={`${t(`order.of.${order.kind}`)}: ${name}`}
        note={<State of={order.state} />}
        of={{ path: '/orders', name: 'page.orders' }}
      >
        <OrderActions order={order} />
      </Heading>
      {order.waitsFor && (
        <Text size="sm" mb="sm">
          <WaitsFor of={order.waitsFor} />
        </Text>
      )}
      {order.failure && <Failure of={order.failure} />}
      <SimpleGrid cols={{ base: 1, sm: 2 }} my="lg">
        <Card withBorder>
          <Facts
            facts={[
              [t('computer'), <To key="c" path={`/computers/${order.computer}`} text={name} />],
              [
                'DP',
                order.route.map((dp, index) => (
                  <span key={dp}>
                    {index > 0 && ', '}
                    <To path={`/distribution-points/${dp}`} text={<DpName id={dp} />} />
                  </span>
                )),
              ],
              [t('clientRelease'), order.release ?? '–'],
              [
                t('order.rollout'),
                order.rollout == null ? (
                  '–'
                ) : (
                  <To key="r" path={`/rollouts/${order.rollout}`} text={t('rollout.show')} />
                ),
              ],
              [
                t('order.retryOf'),
                order.retryOf === null ? (
                  '–'
                ) : (
                  <To key="o" path={`/orders/${order.retryOf}`} text={t('order.show')} />
                ),
              ],
            ]}
          />
        </Card>
        <Card withBorder>
          <Facts
            facts={[
              [t('order.requestedBy'), order.requestedBy],
              [t('createdAt'), <Time key="c" at={order.createdAt} exact />],
              [
                t('endedAt'),
                <>
                  <Time at={order.endedAt} exact />
                  {order.endedAt !== null && ` (${lastingText(order.createdAt, order.endedAt)})`}
                </>,
              ],
              [t('attempt'), `${order.attempt} / ${order.attempts}`],
              [t('id'), <SmallCode key="i" of={order.id} />],
            ]}
          />
        </Card>
      </SimpleGrid>
      <Fault error={timeline.error} />
      <Attempts order={order.id} timeline={timeline} hostName={name} />
      {timeline.data && <Timeline events={timeline.data.filter((event) => event.order === order.id)} />}
    </>
  );
}

function To({ path, text }: { path: string; text: ReactNode }): ReactNode {
  return (
    <Anchor component={Link} to={path} size="sm">
      {text}
    </Anchor>
  );
}
