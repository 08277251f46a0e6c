import { Button, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Heading, Time } from '../../show.js';
import { useT } from '../../texts.js';

type Tenant = Schema['TenantDto'];
type Asked = { what: 'create' } | { what: 'change' | 'delete'; tenant: Tenant };

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('owner');
  const [asked, setAsked] = useState<Asked | null>(null);
  const shared = { changes: ['tenants'], onClose: () => setAsked(null) };
  const columns: readonly Column<Tenant>[] = [
    { title: 'id', cell: ({ id }) => id },
    { title: 'name', width: 2, cell: ({ name }) => name },
    { title: 'createdAt', width: 1.4, cell: ({ createdAt }) => <Time at={createdAt} /> },
    ...(mayManage ? [{ title: 'actions', width: 1.6, cell: actions } as const] : []),
  ];
  function actions(tenant: Tenant): ReactNode {
    return (
      <RowMenu
        of={tenant.name}
        actions={(['change', 'delete'] as const).map((what) => ({
          name: what,
          danger: what === 'delete',
          onClick: () => setAsked({ what, tenant }),
        }))}
      />
    );
  }
  return (
    <>
      <Heading title={t('page.tenants')}>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="owner" />
      <ServerList
        label={t('page.tenants')}
        queryKey={['tenants', 'list']}
        load={(page) => take(api.GET('/api/v1/tenants', { params: { query: page } }))}
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.tenants')}</Text>}
      />
      {asked?.what === 'create' && (
        <FormDialog
          {...shared}
          title={t('tenant.new')}
          action="create"
          fields={[
            { name: 'id', label: 'id', required: true, hint: 'hint.slug' },
            { name: 'name', label: 'name', required: true },
          ]}
          onSubmit={({ id = '', name = '' }) => take(api.POST('/api/v1/tenants', { body: { id, name } }))}
        />
      )}
      {asked?.what === 'change' && (
        <FormDialog
          {...shared}
          title={`${t('change')}: ${asked.tenant.name}`}
          action="change"
          fields={[{ name: 'name', label: 'name', required: true, initial: asked.tenant.name }]}
          onSubmit={({ name = '' }) =>
            take(
              api.PATCH('/api/v1/tenants/{tenant}', {
                params: { path: { tenant: asked.tenant.id } },
                body: { name },
              }),
            )
          }
        />
      )}
      {asked?.what === 'delete' && (
        <FormDialog
          {...shared}
          title={`${t('delete')}: ${asked.tenant.name}`}
          action="delete"
          danger
          explain={t('explain.tenant.delete')}
          onSubmit={() =>
            take(api.DELETE('/api/v1/tenants/{tenant}', { params: { path: { tenant: asked.tenant.id } } }))
          }
        />
      )}
    </>
  );
}
