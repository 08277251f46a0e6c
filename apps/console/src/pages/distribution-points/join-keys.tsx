import { Anchor, Button, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { TenantName } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { ownTenant, useOwnTenants } from '../../session/own-tenants.js';
import { type InstallLine, InstallLines } from '../../install-lines.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Heading, Time } from '../../show.js';
import { useT } from '../../texts.js';

type JoinKey = Schema['JoinKeyDto'];
const DAY_MS = 86_400_000;
const PAGE = '/api/v1/join-keys';

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const own = useOwnTenants();
  const [asked, setAsked] = useState<JoinKey | 'create' | null>(null);
  const [lines, setLines] = useState<readonly InstallLine[] | null>(null);
  const shared = { changes: ['joinKeys', 'dps'], onClose: () => setAsked(null) };
  const columns: readonly Column<JoinKey>[] = [
    { title: 'label', width: 1.4, cell: ({ label }) => label },
    { title: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
    { title: 'joinKey.pattern', cell: ({ pattern }) => pattern },
    {
      title: 'joinKey.used',
      cell: ({ usedBy, uses }) => (
        <span title={usedBy.join(', ')}>{t('joinKey.usedOf', { count: usedBy.length, uses })}</span>
      ),
    },
    { title: 'joinKey.networks', width: 1.4, cell: ({ enableWithin }) => enableWithin.join(', ') || '–' },
    { title: 'expiresAt', width: 1.2, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    ...(mayManage ? [{ title: 'actions', cell: actions } as const] : []),
  ];
  function actions(key: JoinKey): ReactNode {
    return (
      <RowMenu of={key.label} actions={[{ name: 'revoke', danger: true, onClick: () => setAsked(key) }]} />
    );
  }
  return (
    <>
      <Heading title={t('page.joinKeys')} of={{ path: '/distribution-points', name: 'page.dps' }}>
        {mayManage && <Button onClick={() => setAsked('create')}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Text size="sm" mb="sm">
        {t('explain.joinKeys')}{' '}
        <Anchor component={Link} to="/distribution-points" size="sm" underline="always">
          {t('page.dps')}
        </Anchor>
      </Text>
      <ServerList
        label={t('page.joinKeys')}
        queryKey={['joinKeys', 'list']}
        load={(page) => take(api.GET(PAGE, { params: { query: page } }))}
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.joinKeys')}</Text>}
      />
      {asked === 'create' && (
        <FormDialog
          {...shared}
          title={t('joinKey.new')}
          action="create"
          explain={t('explain.joinKey')}
          fields={[
            { name: 'label', label: 'label', required: true },
            ownTenant(own),
            {
              name: 'pattern',
              label: 'joinKey.pattern',
              hint: 'hint.dpPattern',
              required: true,
              initial: 'site-*',
            },
            { name: 'uses', label: 'joinKey.uses', required: true, initial: '40' },
            { name: 'networks', label: 'joinKey.networks', hint: 'hint.joinKeyNetworks' },
            { name: 'days', label: 'days', required: true, initial: '14' },
          ]}
          onSubmit={async ({ label = '', tenant, pattern = '', uses, networks = '', days }) => {
            const made = await take(
              api.POST(PAGE, {
                body: {
                  label,
                  tenant: tenant || null,
                  pattern,
                  uses: Number(uses),
                  enableWithin: networks.split(/[\s,;]+/).filter(Boolean),
                  expiresAt: new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
                },
              }),
            );
            setLines(made.installLines ?? null);
          }}
        />
      )}
      {asked !== null && asked !== 'create' && (
        <FormDialog
          {...shared}
          title={`${t('revoke')}: ${asked.label}`}
          action="revoke"
          danger
          explain={t('explain.joinKey.revoke')}
          onSubmit={() => take(api.DELETE(`${PAGE}/{id}`, { params: { path: { id: asked.id } } }))}
        />
      )}
      {lines && (
        <InstallLines
          title="joinKey.new"
          explain="explain.joinKey.once"
          lines={lines}
          onClose={() => setLines(null)}
        />
      )}
    </>
  );
}
