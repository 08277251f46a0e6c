import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { RoleNote, useMay } from '../../session/session.js';
import { useT } from '../../texts.js';

type Order = Schema['OrderDto'];
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'expired', 'outcome-unknown'];

/** What can be done with one order as it stands. */
export function OrderActions({ order }: { order: Order }): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const mayChange = useMay('operator');
  const [asked, setAsked] = useState<'cancel' | 'retry' | null>(null);
  if (!mayChange) return <RoleNote least="operator" />;
  const params = { path: { id: order.id } };
  const hasEnded = ENDED.includes(order.state);
  const possible = {
    retry: order.state === 'planned' || (hasEnded && order.state !== 'succeeded'),
    cancel: !hasEnded && order.state !== 'cancelling',
  };
  const run = {
    cancel: () => take(api.POST('/api/v1/orders/{id}/cancel', { params })),
    retry: async () => {
      const again = await take(api.POST('/api/v1/orders/{id}/retry', { params }));
      if (again.id !== order.id) await navigate(`/orders/${again.id}`);
    },
  };
  return (
    <>
      {(['retry', 'cancel'] as const)
        .filter((action) => possible[action])
        .map((action) => (
          <Button key={action} size="sm" variant="default" onClick={() => setAsked(action)}>
            {t(action)}
          </Button>
        ))}
      {asked && (
        <FormDialog
          title={`${t(asked)}: ${order.computerName ?? order.computer}`}
          action={asked}
          explain={t(`explain.${asked}`)}
          changes={['computers', 'orders', 'overview', 'timeline']}
          onClose={() => setAsked(null)}
          onSubmit={run[asked]}
        />
      )}
    </>
  );
}
