import { Button, Checkbox, Group, Loader, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { CopyText } from '../../copy-text.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { TenantName } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { ServerList, type Column } from '../../lists/list.js';
import { useSession } from '../../session/session.js';
import { Fault, State } from '../../show.js';
import { useT } from '../../texts.js';
import { TestResult } from './notifications-test.js';

type Target = Schema['NotificationTargetDto'];
type Kind = Target['kinds'][number];
type Format = Target['format'];
type What = 'test' | 'change' | 'rotate' | 'delete';
type Asked = { what: 'create' } | { what: What; target: Target };

const FORMATS = ['cloudevents', 'slack', 'teams'] as const satisfies readonly Format[];
const KINDS = [
  'brake-tripped',
  'dp-overdue',
  'dp-back',
  'import-failed',
  'rollout-stopped',
  'rollout-finished',
  'token-expiring',
  'certificate-expiring',
] as const satisfies readonly Kind[];

/** Addresses on the web that are told. */
export function Webhooks(): ReactNode {
  const t = useT();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const columns: readonly Column<Target>[] = [
    { title: 'name', sort: 'name', width: 1.2, cell: ({ name }) => name },
    { title: 'url', width: 1.6, cell: ({ origin }) => <span title={origin}>{`${origin}/…`}</span> },
    { title: 'webhook.format', cell: ({ format }) => t(`webhookFormat.${format}`) },
    { title: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
    { title: 'state', cell: ({ enabled }) => <State of={enabled ? 'enabled' : 'disabled'} /> },
    { title: 'actions', width: 3, cell: actions },
  ];
  function actions(target: Target): ReactNode {
    return (
      <RowMenu
        of={target.name}
        actions={(['test', 'change', 'rotate', 'delete'] as const).map((what) => ({
          name: what === 'rotate' ? 'webhook.rotate' : what,
          danger: what === 'delete',
          onClick: () => setAsked({ what, target }),
        }))}
      />
    );
  }
  return (
    <>
      <Group mb="sm">
        <Button onClick={() => setAsked({ what: 'create' })}>{t('webhook.new')}</Button>
      </Group>
      <ServerList
        label={t('notifications.webhooks')}
        queryKey={['notificationTargets', 'list']}
        load={(page) => take(api.GET('/api/v1/notification-targets', { params: { query: page } }))}
        sort="name"
        prefix="targets."
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.webhooks')}</Text>}
      />
      {asked?.what === 'test' && <Test target={asked.target} onClose={() => setAsked(null)} />}
      {asked && asked.what !== 'test' && (
        <Ask key={asked.what} asked={asked} onSecret={setSecret} onClose={() => setAsked(null)} />
      )}
      <Modal
        opened={secret !== null}
        onClose={() => setSecret(null)}
        title={t('webhook.secret')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <Stack>
          <Text size="sm">{t('explain.webhook.once')}</Text>
          <CopyText text={secret ?? ''} />
        </Stack>
      </Modal>
    </>
  );
}

/** Sends something now, and shows what came back. */
function Test({ target, onClose }: { target: Target; onClose: () => void }): ReactNode {
  const t = useT();
  const test = useQuery({
    queryKey: ['notificationTest', target.id],
    queryFn: () =>
      take(api.POST('/api/v1/notification-targets/{id}/test', { params: { path: { id: target.id } } })),
    // once: whoever comes back to the window, or a reconnect, sends no other one
    staleTime: 'static',
    gcTime: 0,
    retry: false,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={`${t('test')}: ${target.name}`}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {test.isPending && <Loader aria-label={t('progress')} />}
      <Fault error={test.error} />
      {test.data && <TestResult result={test.data} />}
    </Modal>
  );
}

interface AskProps {
  asked: { what: 'create' } | { what: What; target: Target };
  onSecret: (secret: string | null) => void;
  onClose: () => void;
}

function Ask({ asked, onSecret, onClose }: AskProps): ReactNode {
  const t = useT();
  const shared = { changes: ['notificationTargets'], onClose };
  if (asked.what === 'create' || asked.what === 'change')
    return <Edit target={asked.what === 'change' ? asked.target : null} {...{ onSecret, onClose }} />;
  const params = { path: { id: asked.target.id } };
  return asked.what === 'rotate' ? (
    <FormDialog
      {...shared}
      title={`${t('webhook.rotate')}: ${asked.target.name}`}
      action="webhook.rotate"
      explain={t('explain.webhook.rotate')}
      onSubmit={async () => {
        const made = await take(api.POST('/api/v1/notification-targets/{id}/rotate-secret', { params }));
        onSecret(made.secret ?? null);
      }}
    />
  ) : (
    <FormDialog
      {...shared}
      title={`${t('delete')}: ${asked.target.name}`}
      action="delete"
      danger
      explain={t('explain.webhook.delete')}
      onSubmit={() => take(api.DELETE('/api/v1/notification-targets/{id}', { params }))}
    />
  );
}

interface EditProps {
  /** Null: a new one. */
  target: Target | null;
  onSecret: (secret: string | null) => void;
  onClose: () => void;
}

function Edit({ target, onSecret, onClose }: EditProps): ReactNode {
  const t = useT();
  const { tenants } = useSession();
  const [kinds, setKinds] = useState<string[]>(() => [...(target?.kinds ?? KINDS)]);
  const owner = tenants === 'all' ? ['', 'default'] : tenants;
  const place: Field[] = [
    { name: 'name', label: 'name', required: true, initial: target?.name ?? '' },
    ...(target
      ? []
      : [
          {
            name: 'tenant',
            label: 'tenant',
            kind: 'tenant',
            hint: 'hint.webhook.tenant',
            ...(tenants === 'all' && { none: 'pick.allTenants' as const }),
            initial: owner[0] ?? '',
          } as const,
        ]),
    {
      name: 'url',
      label: 'url',
      required: target === null,
      hint: target ? 'hint.webhook.keepUrl' : 'hint.webhook.url',
    },
    {
      name: 'format',
      label: 'webhook.format',
      kind: 'select',
      initial: target?.format ?? 'cloudevents',
      options: FORMATS.map((value) => ({ value, label: t(`webhookFormat.${value}`) })),
    },
    {
      name: 'language',
      label: 'language',
      kind: 'select',
      initial: target?.language ?? 'en',
      options: [
        { value: 'en', label: 'English' },
        { value: 'de', label: 'Deutsch' },
      ],
    },
    { name: 'enabled', label: 'enabled', kind: 'check', initial: target?.enabled === false ? '' : 'true' },
  ];
  const submit = async (values: Record<string, string>): Promise<void> => {
    const { name = '', tenant = '', url = '', format = '', language = '', enabled } = values;
    const body = {
      name,
      format: format as Format,
      language: language as 'en' | 'de',
      enabled: enabled === 'true',
      kinds: kinds as Kind[],
    };
    if (target) {
      const params = { path: { id: target.id } };
      const change = { ...body, ...(url !== '' && { url }) };
      await take(api.PATCH('/api/v1/notification-targets/{id}', { params, body: change }));
      return;
    }
    const made = await take(
      api.POST('/api/v1/notification-targets', { body: { ...body, url, tenant: tenant || null } }),
    );
    if (format === 'cloudevents') onSecret(made.secret ?? null);
  };
  return (
    <FormDialog
      title={target ? `${t('change')}: ${target.name}` : t('webhook.new')}
      action={target ? 'change' : 'create'}
      explain={
        <Checkbox.Group label={t('webhook.kinds')} value={kinds} onChange={setKinds}>
          <Stack gap={4} mt={4}>
            {KINDS.map((kind) => (
              <Checkbox key={kind} value={kind} label={t(`noticeKind.${kind}`)} />
            ))}
          </Stack>
        </Checkbox.Group>
      }
      fields={place}
      changes={['notificationTargets']}
      onClose={onClose}
      onSubmit={submit}
    />
  );
}
