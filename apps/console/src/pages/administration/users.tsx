import { Badge, Button, Group, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { TenantNames } from '../../names.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, rolesUpTo, tenantsFrom, useMay, useSession } from '../../session/session.js';
import { Age, Heading } from '../../show.js';
import { useT } from '../../texts.js';
import { Views } from '../../lists/views.js';

type User = Schema['UserDto'];
type Asked = { what: 'create' } | { what: 'change' | 'password' | 'delete' | 'lock' | 'unlock'; user: User };

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns: readonly Column<User>[] = [
    {
      title: 'user',
      sort: 'user',
      width: 1.4,
      cell: ({ user, disabled }) => (
        <Group gap={6} wrap="nowrap">
          {user}
          {disabled && <Badge variant="default">{t('state.disabled')}</Badge>}
        </Group>
      ),
    },
    { title: 'role', sort: 'role', cell: ({ role }) => t(`role.${role}`) },
    { title: 'page.tenants', cell: ({ tenants }) => <TenantNames of={tenants} /> },
    {
      title: 'passwordAt',
      sort: 'passwordAt',
      width: 1.3,
      cell: ({ passwordAt }) => <Age at={passwordAt} />,
    },
    ...(mayManage ? [{ title: 'actions', width: 0.8, cell: actions } as const] : []),
  ];
  function actions(user: User): ReactNode {
    return (
      <RowMenu
        of={user.user}
        actions={(['change', 'password', user.disabled ? 'unlock' : 'lock', 'delete'] as const).map(
          (what) => ({
            name: what,
            danger: what === 'delete',
            onClick: () => setAsked({ what, user }),
          }),
        )}
      />
    );
  }
  return (
    <>
      <Heading title={t('page.users')}>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Group mb="sm">
        <Views list="users" />
      </Group>
      <ServerList
        label={t('page.users')}
        queryKey={['users', 'list']}
        load={(page) => take(api.GET('/api/v1/users', { params: { query: page } }))}
        sort="user"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.users')}</Text>}
      />
      {asked && <Ask key={asked.what} asked={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

function Ask({ asked, onClose }: { asked: Asked; onClose: () => void }): ReactNode {
  const t = useT();
  const { role: ownRole } = useSession();
  const shared = { changes: ['users'], onClose };
  const roles: Field = {
    name: 'role',
    label: 'role',
    kind: 'select',
    hint: 'hint.role',
    options: rolesUpTo(ownRole).map((value) => ({ value, label: t(`role.${value}`) })),
  };
  const tenants: Field = {
    name: 'tenants',
    label: 'page.tenants',
    kind: 'tenants',
    none: 'pick.allTenants',
  };
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('user.new')}
        action="create"
        fields={[
          { name: 'user', label: 'user', required: true },
          { name: 'password', label: 'password', kind: 'password', required: true, hint: 'hint.password' },
          roles,
          tenants,
        ]}
        onSubmit={({ user = '', password = '', role, tenants: some = '' }) =>
          take(
            api.POST('/api/v1/users', {
              body: { user, password, role: role as User['role'], tenants: tenantsFrom(some) },
            }),
          )
        }
      />
    );
  }
  const { user, what } = asked;
  const params = { path: { id: user.id } };
  const patch = (body: Schema['ChangeUserDto']) => take(api.PATCH('/api/v1/users/{id}', { params, body }));
  const fields: Record<typeof what, readonly Field[]> = {
    change: [
      { ...roles, initial: user.role },
      { ...tenants, initial: user.tenants === 'all' ? '' : user.tenants.join(', ') },
    ],
    password: [
      { name: 'password', label: 'password', kind: 'password', required: true, hint: 'hint.password' },
    ],
    delete: [],
    lock: [],
    unlock: [],
  };
  const calls: Record<typeof what, (values: Record<string, string>) => Promise<unknown>> = {
    change: ({ role, tenants: some = '' }) =>
      patch({ role: role as User['role'], tenants: tenantsFrom(some) }),
    password: ({ password = '' }) => patch({ password }),
    delete: () => take(api.DELETE('/api/v1/users/{id}', { params })),
    lock: () => patch({ disabled: true }),
    unlock: () => patch({ disabled: false }),
  };
  return (
    <FormDialog
      {...shared}
      title={`${t(what)}: ${user.user}`}
      action={what}
      danger={what === 'delete'}
      explain={t(`explain.user.${what}`)}
      fields={fields[what]}
      onSubmit={calls[what]}
    />
  );
}
