import {
  Anchor,
  Badge,
  Button,
  Code,
  CopyButton,
  Group,
  List,
  Modal,
  ScrollArea,
  SegmentedControl,
  Stack,
  Text,
} from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link, useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { RoleNote, useMay } from '../session.js';
import { Age, Heading, State } from '../show.js';
import { type TextKey, useT } from '../texts.js';

type Dp = Schema['DistributionPointDto'];
/** Which ones are shown, and how the API is asked for them. */
const FILTERS = {
  all: {},
  pending: { state: 'pending' },
  enabled: { state: 'enabled' },
  disabled: { state: 'disabled' },
  overdue: { overdue: true },
  withoutAccount: { withoutAccount: true },
} as const;
/** Those that are not a state. */
const FLAGS = ['overdue', 'withoutAccount'] as const;
/** White on any orange is hard to read. */
const WARNING = { variant: 'light', color: 'orange', c: 'var(--mantine-color-text)', tt: 'none' } as const;
const SHOWN = ['all', 'pending', 'enabled', 'disabled', ...FLAGS] as const satisfies (keyof typeof FILTERS)[];
type Asked = { what: 'create' } | { what: 'enable' | 'disable' | 'change' | 'joinToken' | 'delete'; dp: Dp };

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [params, setParams] = useSearchParams();
  const flag = FLAGS.find((one) => params.get(one) !== null);
  const shown = SHOWN.find((one) => one === (flag ?? params.get('state'))) ?? 'all';
  const filter = FILTERS[shown];
  const [enabled, setEnabled] = useState<Dp | null>(null);
  const [joinCommand, setJoinCommand] = useState<string | null>(null);
  const columns: readonly Column<Dp>[] = [
    { title: 'name', cell: ({ id, name }) => <span title={id}>{name}</span> },
    {
      title: 'state',
      width: 1.5,
      cell: ({ state, overdue, alerts, accountsToEnter }) => (
        <Group gap={4} wrap="nowrap">
          <State of={state} />
          {overdue && (
            <Badge {...WARNING} title={alerts.map(({ text }) => text).join(' ')}>
              {t('overdue')}
            </Badge>
          )}
          {alerts.some(({ code }) => code === 'ACCOUNT_NOT_SEALED') && (
            <Badge
              {...WARNING}
              component={Link}
              to="/accounts"
              title={`${t('dp.toEnter')}: ${accountsToEnter.map(({ label }) => label).join(', ')}`}
              style={{ cursor: 'pointer' }}
            >
              {t('withoutAccount')}
            </Badge>
          )}
        </Group>
      ),
    },
    { title: 'lastSeen', cell: ({ lastSeen }) => <Age at={lastSeen} /> },
    { title: 'version', width: 0.6, cell: ({ agent }) => <Agent of={agent} /> },
    { title: 'queue', width: 0.6, cell: ({ queue }) => (queue ? queue.ready + queue.unacked : '–') },
    {
      title: 'page.orders',
      width: 1.6,
      cell: ({ id, orders }) => (
        <Anchor component={Link} to={`/orders?dp=${id}`} size="sm">
          {t('dp.orders', { ...orders })}
        </Anchor>
      ),
    },
    ...(mayManage ? [{ title: 'actions', width: 5.2, cell: actions } as const] : []),
  ];
  function actions(dp: Dp): ReactNode {
    const ask = (what: 'enable' | 'disable' | 'change' | 'joinToken' | 'delete') => (
      <Button
        size="compact-xs"
        style={{ flexShrink: 0 }}
        variant={what === 'enable' ? 'filled' : 'default'}
        onClick={() => setAsked({ what, dp })}
        aria-label={`${t(what)} ${dp.name}`}
      >
        {t(what)}
      </Button>
    );
    return (
      <Group gap={4} wrap="nowrap">
        {dp.state !== 'enabled' && dp.keyFingerprint !== null && ask('enable')}
        {dp.state === 'enabled' && ask('disable')}
        {ask('change')}
        {ask('joinToken')}
        <Button
          size="compact-xs"
          style={{ flexShrink: 0 }}
          variant="default"
          component={Link}
          to={`/settings?layer=dp:${dp.id}`}
          aria-label={`${t('page.settings')} ${dp.name}`}
        >
          {t('page.settings')}
        </Button>
        {ask('delete')}
      </Group>
    );
  }
  return (
    <>
      <Heading title={t('page.dps')}>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <ScrollArea type="never" mb="sm">
        <SegmentedControl
          aria-label={t('state')}
          value={shown}
          onChange={(value) =>
            setParams(
              Object.fromEntries(Object.entries(FILTERS[value]).map(([name, of]) => [name, String(of)])),
              { replace: true },
            )
          }
          data={SHOWN.map((value) => ({
            value,
            label: t(labelOf(value)),
          }))}
        />
      </ScrollArea>
      <ServerList
        label={t('page.dps')}
        queryKey={['dps', 'list', shown]}
        load={(page) =>
          take(
            api.GET('/api/v1/distribution-points', {
              params: { query: { ...page, ...filter, sort: 'name' } },
            }),
          )
        }
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t(shown === 'all' ? 'empty.dps' : 'empty.dps.filtered')}</Text>}
      />
      {asked && (
        <Ask
          key={asked.what}
          asked={asked}
          onClose={() => setAsked(null)}
          onJoinable={setJoinCommand}
          onEnabled={setEnabled}
        />
      )}
      {enabled && <ToEnter dp={enabled} onClose={() => setEnabled(null)} />}
      <Modal
        opened={joinCommand !== null}
        onClose={() => setJoinCommand(null)}
        title={t('joinToken')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <Stack>
          <Text size="sm">{t('explain.join')}</Text>
          <Code block>{joinCommand}</Code>
          <CopyButton value={joinCommand ?? ''}>
            {({ copied, copy }) => <Button onClick={copy}>{t(copied ? 'copied' : 'copy')}</Button>}
          </CopyButton>
        </Stack>
      </Modal>
    </>
  );
}

interface AskProps {
  asked: Asked;
  onClose: () => void;
  onJoinable: (command: string | null) => void;
  onEnabled: (dp: Dp) => void;
}

function Ask({ asked, onClose, onJoinable, onEnabled }: AskProps): ReactNode {
  const t = useT();
  const changes = ['dps', 'overview', 'orders'];
  if (asked.what === 'create') {
    return (
      <FormDialog
        title={t('dp.new')}
        action="create"
        fields={[
          { name: 'id', label: 'id', required: true, hint: 'hint.slug' },
          { name: 'name', label: 'name', required: true },
          { name: 'tenant', label: 'tenant', hint: 'hint.tenant', initial: 'default' },
        ]}
        changes={changes}
        onClose={onClose}
        onSubmit={async ({ id = '', name = '', tenant }) => {
          const made = await take(
            api.POST('/api/v1/distribution-points', { body: { id, name, tenant: tenant || null } }),
          );
          onJoinable(made.joinCommand ?? null);
        }}
      />
    );
  }
  const { dp, what } = asked;
  const params = { path: { dp: dp.id } };
  const calls: Record<typeof what, (values: Record<string, string>) => Promise<unknown>> = {
    enable: async ({ keyFingerprint }) => {
      const body = { ...(keyFingerprint && { keyFingerprint: keyFingerprint.trim() }) };
      const now = await take(api.POST('/api/v1/distribution-points/{dp}/enable', { params, body }));
      if (now.accountsToEnter.length > 0) onEnabled(now);
    },
    change: ({ name = '' }) =>
      take(api.PATCH('/api/v1/distribution-points/{dp}', { params, body: { name } })),
    disable: () => take(api.POST('/api/v1/distribution-points/{dp}/disable', { params })),
    joinToken: async () => {
      const made = await take(api.POST('/api/v1/distribution-points/{dp}/join-token', { params }));
      onJoinable(made.joinCommand ?? null);
    },
    delete: () => take(api.DELETE('/api/v1/distribution-points/{dp}', { params })),
  };
  return (
    <FormDialog
      title={`${t(what)}: ${dp.name}`}
      action={what}
      danger={what === 'delete' || what === 'disable'}
      explain={
        <>
          <Text size="sm">{t(`explain.dp.${what}`)}</Text>
          {what === 'enable' && <Code block>{dp.keyFingerprint}</Code>}
        </>
      }
      fields={
        what === 'enable'
          ? [{ name: 'keyFingerprint', label: 'fingerprint', hint: 'hint.fingerprint' }]
          : what === 'change'
            ? [{ name: 'name', label: 'name', required: true, initial: dp.name }]
            : []
      }
      changes={changes}
      onClose={onClose}
      onSubmit={calls[what]}
    />
  );
}

function labelOf(shown: (typeof SHOWN)[number]): TextKey {
  if (shown === 'all') return 'folder.all';
  return shown === 'overdue' || shown === 'withoutAccount' ? shown : `state.${shown}`;
}

/** How enabling a DP ends: with the accounts that it cannot open yet. */
function ToEnter({ dp, onClose }: { dp: Dp; onClose: () => void }): ReactNode {
  const t = useT();
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${t('dp.toEnter')}: ${dp.name}`}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">{t('explain.dp.toEnter')}</Text>
        <List size="sm">
          {dp.accountsToEnter.map(({ id, label }) => (
            <List.Item key={id}>{label}</List.Item>
          ))}
        </List>
        <Group justify="flex-end">
          <Button component={Link} to="/accounts">
            {t('page.accounts')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** The agent's version; hovering tells where it runs and what it brings. */
function Agent({ of }: { of: Dp['agent'] }): ReactNode {
  const t = useT();
  if (of === null) return '–';
  const { version, hostname, os, localAccounts, methods } = of;
  const said = [
    t('dp.agent', { hostname, os, count: localAccounts }),
    ...(methods ? [t('dp.methods', { methods: methods.join(', ') })] : []),
  ];
  return <span title={said.join('\n')}>{version}</span>;
}
