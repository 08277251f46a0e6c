import { Alert, Anchor, Card, Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { NamedDp } from '../../names.js';
import { State, Time } from '../../show.js';
import { language, named, useT } from '../../texts.js';

type Order = Schema['OrderDto'];

/** What the order waits for and until when; how it failed and what to do. */
export function OrderState({ order, open }: { order: Order; open: boolean }): ReactNode {
  const t = useT();
  const { heldBack, lastReport } = order;
  return (
    <Card withBorder mb="lg">
      <Group mb="xs">
        <Title order={2} size="h4">
          <Anchor component={Link} to={`/orders/${order.id}`} inherit>
            {t(`order.of.${order.kind}`)}
          </Anchor>
        </Title>
        <State of={order.state} />
        <Anchor component={Link} to={`/distribution-points/${order.dp}`} size="sm">
          <NamedDp id={order.dp} />
        </Anchor>
        {order.state === 'running' && lastReport?.phase && (
          <Text size="sm">{`${named('phase', lastReport.phase)}${lastReport.percent === null ? '' : ` ${lastReport.percent} %`}`}</Text>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {t('order.asked', { by: order.requestedBy, attempt: order.attempt, attempts: order.attempts })}
        {order.note !== null && ` ${t('quoted', { text: order.note })}`}
      </Text>
      {open && (
        <Text size="sm">
          {order.waitsFor ? (
            <WaitsFor of={order.waitsFor} />
          ) : (
            <>
              {t('waitsUntil')} <Time at={order.expiresAt} />
            </>
          )}{' '}
          {heldBack?.brake && (
            <Anchor component={Link} to="/brakes" size="sm" underline="always">
              {t('page.brakes')}
            </Anchor>
          )}
        </Text>
      )}
      {order.failure && <Failure of={order.failure} />}
    </Card>
  );
}

/** What ends by a time that is known: then the order begins, it does not end. */
const BEGINS: readonly string[] = ['NOT_BEFORE', 'WINDOW_CLOSED'];

/** What an order waits for, and until when. */
export function WaitsFor({ of: { code, until } }: { of: Schema['WaitDto'] }): ReactNode {
  const t = useT();
  return (
    <>
      {`${t(`wait.${code}`)} ${t(BEGINS.includes(code) ? 'waitsFrom' : 'waitsUntil')} `}
      <Time at={until} />
    </>
  );
}

/** What happened and what to do, in words; the code is for who searches for it. */
export function Failure({ of: { code, text, hint, native } }: { of: Schema['FailureDto'] }): ReactNode {
  const inWords = text?.[language()];
  return (
    <Alert color="red" mt="sm" title={inWords ?? code}>
      <Text size="sm">{hint[language()]}</Text>
      {native && (
        <Text size="sm" ff="monospace" mt="xs" style={{ overflowWrap: 'anywhere' }}>
          {`${native.system} ${native.code}: ${native.text}`}
        </Text>
      )}
      {inWords !== undefined && <SmallCode of={code} />}
    </Alert>
  );
}
