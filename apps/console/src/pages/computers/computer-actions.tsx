import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { RoleNote, useMay } from '../../session/session.js';
import { useT } from '../../texts.js';
import { FORCE_FIELD, RELEASE_FIELDS, releaseWish } from './computer-fields.js';

type Computer = Schema['ComputerDto'];
type Order = Schema['OrderDto'];
/** Orders on a computer: directly first, then by its assigned DP (R11); `probe` also before its release. */
const ORDERED = ['probe', 'restart', 'reinstall', 'uninstall'] as const;
type Asked =
  'release' | 'cancel' | 'retry' | 'edit' | 'reimport' | 'delete' | 'retire' | (typeof ORDERED)[number];
const DANGERS: readonly Asked[] = ['delete', 'reimport', 'uninstall'];
const REGISTERED: readonly Computer['state'][] = ['pending-restart', 'ready'];

/** What can be done with one computer as it stands. */
export function ComputerActions({ computer, order }: { computer: Computer; order?: Order }): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const mayChange = useMay('operator');
  const [asked, setAsked] = useState<Asked | null>(null);
  const params = { path: { id: computer.id } };
  const { state, openOrder } = computer;
  const possible: Record<Asked, boolean> = {
    release: state === 'imported' || state === 'install-failed',
    cancel: openOrder !== null,
    retry: openOrder !== null && order?.state === 'planned',
    edit: state !== 'retired',
    reimport: ['imported', 'releasing', 'install-failed', 'awaiting-registration'].includes(state),
    delete: ['imported', 'releasing', 'install-failed', 'retired'].includes(state),
    retire: state === 'ready',
    probe: openOrder === null && state !== 'retired' && state !== 'awaiting-registration',
    restart: openOrder === null && REGISTERED.includes(state),
    reinstall: openOrder === null && REGISTERED.includes(state),
    uninstall: openOrder === null && REGISTERED.includes(state),
  };
  const start = (kind: (typeof ORDERED)[number]) => async (): Promise<string> => {
    const { message } = await take(api.POST('/api/v1/computers/{id}/actions', { params, body: { kind } }));
    return message;
  };
  const calls: Record<Asked, (values: Record<string, string>) => Promise<unknown>> = {
    release: (values) =>
      take(api.POST('/api/v1/computers/{id}/release', { params, body: releaseWish(values) })),
    cancel: () =>
      take(api.POST('/api/v1/orders/{id}/cancel', { params: { path: { id: openOrder?.id ?? '' } } })),
    retry: () =>
      take(api.POST('/api/v1/orders/{id}/retry', { params: { path: { id: openOrder?.id ?? '' } } })),
    edit: ({ description, address }) =>
      take(
        api.PATCH('/api/v1/computers/{id}', {
          params,
          body: { description: description || null, address: address || null },
        }),
      ),
    reimport: async ({ dp }) => {
      const again = await take(
        api.POST('/api/v1/computers/{id}/reimport', { params, body: { dp: dp || null } }),
      );
      await navigate(`/computers/${(again as { id: string }).id}`);
    },
    delete: async ({ force }) => {
      const query = force ? { force: true } : {};
      await take(api.DELETE('/api/v1/computers/{id}', { params: { ...params, query } }));
      await navigate('/computers');
    },
    retire: () => take(api.POST('/api/v1/computers/{id}/retire', { params })),
    probe: start('probe'),
    restart: start('restart'),
    reinstall: start('reinstall'),
    uninstall: start('uninstall'),
  };
  if (!mayChange) return <RoleNote least="operator" />;
  return (
    <>
      {(Object.keys(possible) as Asked[])
        .filter((action) => possible[action])
        .map((action) => (
          <Button
            key={action}
            size="sm"
            {...(action === 'delete' && { color: 'red.8' })}
            variant={action === nextStep(state) || action === 'delete' ? 'filled' : 'default'}
            onClick={() => setAsked(action)}
          >
            {t(action)}
          </Button>
        ))}
      {asked && (
        <FormDialog
          title={`${t(asked)}: ${computer.hostName}`}
          action={asked}
          explain={t(`explain.${asked}`)}
          danger={DANGERS.includes(asked)}
          fields={fieldsOf(asked, computer)}
          changes={['computers', 'orders', 'overview', 'timeline']}
          onClose={() => setAsked(null)}
          onSubmit={calls[asked]}
        />
      )}
    </>
  );
}

function fieldsOf(asked: Asked, { address, inventory, openOrder }: Computer): readonly Field[] {
  switch (asked) {
    case 'release':
      return RELEASE_FIELDS;
    case 'edit':
      return [
        { name: 'address', label: 'address', hint: 'hint.address', initial: address ?? '' },
        { name: 'description', label: 'description', initial: inventory.description ?? '' },
      ];
    case 'reimport':
      return [{ name: 'dp', label: 'dp', kind: 'dp', none: 'dp.none' }];
    case 'delete':
      return openOrder ? [FORCE_FIELD] : [];
    default:
      return [];
  }
}

/** What brings a computer in this state further. */
function nextStep(state: Computer['state']): Asked | null {
  if (state === 'imported' || state === 'install-failed') return 'release';
  return state === 'pending-restart' ? 'restart' : null;
}
