import { Button, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { CopyText } from '../../copy-text.js';
import { FormDialog } from '../../forms/dialogs.js';
import { TenantNames } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RoleNote, rolesUpTo, tenantsFrom, useMay, useSession } from '../../session/session.js';
import { Heading, Time } from '../../show.js';
import { useT } from '../../texts.js';

type Token = Schema['ApiTokenDto'];
const DAY_MS = 86_400_000;

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const { role: ownRole } = useSession();
  const [asked, setAsked] = useState<Token | 'create' | null>(null);
  const [shown, setShown] = useState<string | null>(null);
  const shared = { changes: ['apiTokens'], onClose: () => setAsked(null) };
  const columns: readonly Column<Token>[] = [
    { title: 'label', width: 1.4, cell: ({ label }) => label },
    { title: 'role', cell: ({ role }) => t(`role.${role}`) },
    { title: 'page.tenants', cell: ({ tenants }) => <TenantNames of={tenants} /> },
    { title: 'expiresAt', width: 1.3, cell: ({ expiresAt }) => <Time at={expiresAt} /> },
    { title: 'lastUsedAt', width: 1.3, cell: ({ lastUsedAt }) => <Time at={lastUsedAt} /> },
    ...(mayManage ? [{ title: 'actions', cell: actions } as const] : []),
  ];
  function actions(token: Token): ReactNode {
    return (
      <RowMenu
        of={token.label}
        actions={[{ name: 'delete', danger: true, onClick: () => setAsked(token) }]}
      />
    );
  }
  return (
    <>
      <Heading title={t('page.apiTokens')}>
        {mayManage && <Button onClick={() => setAsked('create')}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <ServerList
        label={t('page.apiTokens')}
        queryKey={['apiTokens', 'list']}
        load={(page) => take(api.GET('/api/v1/api-tokens', { params: { query: page } }))}
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.apiTokens')}</Text>}
      />
      {asked === 'create' && (
        <FormDialog
          {...shared}
          title={t('apiToken.new')}
          action="create"
          explain={t('explain.apiToken')}
          fields={[
            { name: 'label', label: 'label', required: true },
            {
              name: 'role',
              label: 'role',
              kind: 'select',
              hint: 'hint.role',
              options: rolesUpTo(ownRole).map((value) => ({ value, label: t(`role.${value}`) })),
            },
            { name: 'tenants', label: 'page.tenants', kind: 'tenants', none: 'pick.allTenants' },
            { name: 'days', label: 'days', hint: 'hint.days', initial: '90' },
          ]}
          onSubmit={async ({ label = '', role, tenants = '', days = '' }) => {
            const made = await take(
              api.POST('/api/v1/api-tokens', {
                body: {
                  label,
                  role: role as Token['role'],
                  tenants: tenantsFrom(tenants),
                  expiresAt:
                    Number(days) > 0 ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null,
                },
              }),
            );
            setShown(made.token ?? null);
          }}
        />
      )}
      {asked !== null && asked !== 'create' && (
        <FormDialog
          {...shared}
          title={`${t('delete')}: ${asked.label}`}
          action="delete"
          danger
          explain={t('explain.apiToken.delete')}
          onSubmit={() => take(api.DELETE('/api/v1/api-tokens/{id}', { params: { path: { id: asked.id } } }))}
        />
      )}
      <Modal
        opened={shown !== null}
        onClose={() => setShown(null)}
        title={t('apiToken.new')}
        size="lg"
        closeButtonProps={{ 'aria-label': t('close') }}
      >
        <Stack>
          <Text size="sm">{t('explain.apiToken.once')}</Text>
          <CopyText text={shown ?? ''} />
        </Stack>
      </Modal>
    </>
  );
}
