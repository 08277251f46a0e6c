import { Button, Group, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { EnterAgain, given, SECRETS } from '../../forms/account-secret.js';
import { api, take, type Schema } from '../../api.js';
import { FailureName } from '../../codes.js';
import { FormDialog } from '../../forms/dialogs.js';
import { TenantName } from '../../names.js';
import { useOwnTenants } from '../../session/own-tenants.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Heading } from '../../show.js';
import { useT } from '../../texts.js';
import { Views } from '../../lists/views.js';
import { Sealing, SealingDialog } from './account-sealing.js';

type Account = Schema['AccountDto'];
type Asked = { what: 'create' } | { what: 'enterAgain' | 'delete' | 'where'; account: Account };

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns: readonly Column<Account>[] = [
    { title: 'label', sort: 'label', width: 1.8, cell: ({ label }) => label },
    {
      title: 'user',
      sort: 'user',
      cell: ({ domain, username }) => (domain === null ? username : `${domain}\\${username}`),
    },
    { title: 'tenant', sort: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
    { title: 'order.try', sort: 'order', width: 1, isNumber: true, cell: ({ order }) => order },
    {
      title: 'sealedFor',
      isLong: true,
      width: 3,
      cell: (account) => <Sealing of={account} />,
    },
    {
      title: 'lastUsedAt',
      isLong: true,
      sort: 'lastUsed',
      width: 1.6,
      cell: (account) => <LastUse of={account} />,
    },
    ...(mayManage ? [{ title: 'actions', width: 1.4, cell: actions } as const] : []),
  ];
  function actions(account: Account): ReactNode {
    const ask = (what: 'enterAgain' | 'delete' | 'where') => () => setAsked({ what, account });
    return (
      <Group gap={4} wrap="nowrap" justify="flex-end">
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`${t('enterAgain')} ${account.label}`}
          onClick={ask('enterAgain')}
        >
          {t('enterAgain')}
        </Button>
        <RowMenu
          of={account.label}
          actions={[
            { name: 'account.where', onClick: ask('where') },
            { name: 'delete', danger: true, onClick: ask('delete') },
          ]}
        />
      </Group>
    );
  }
  return (
    <>
      <Heading title={t('page.accounts')}>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Group mb="sm">
        <Views list="accounts" />
      </Group>
      <ServerList
        label={t('page.accounts')}
        queryKey={['accounts', 'list']}
        load={(page) => take(api.GET('/api/v1/accounts', { params: { query: page } }))}
        sort="order"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.accounts')}</Text>}
      />
      {asked && <Ask key={asked.what} asked={asked} onClose={() => setAsked(null)} />}
    </>
  );
}

/** When the account was last tried, what came of it, and whether it is known to work. */
function LastUse({ of: { lastUsed, lastResult, proven } }: { of: Account }): ReactNode {
  const t = useT();
  if (lastUsed === null) return t('account.never');
  return (
    <>
      <Age at={lastUsed} />:{' '}
      {proven || lastResult === null ? t('account.proven') : <FailureName code={lastResult} />}
    </>
  );
}

function Ask({ asked, onClose }: { asked: Asked; onClose: () => void }): ReactNode {
  const t = useT();
  const { first } = useOwnTenants();
  const shared = { changes: ['accounts'], onClose };
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('account.new')}
        action="create"
        explain={t('explain.sealed')}
        fields={[
          { name: 'label', label: 'label', required: true },
          { name: 'tenant', label: 'tenant', kind: 'tenant', required: true, initial: first },
          { name: 'username', label: 'user', required: true },
          { name: 'domain', label: 'domain' },
          ...SECRETS,
          { name: 'dps', label: 'scope', kind: 'dps', none: 'pick.allDps' },
        ]}
        onSubmit={({ label = '', tenant = '', username = '', domain, dps = '', ...secrets }) =>
          take(
            api.POST('/api/v1/accounts', {
              body: { label, tenant, username, ...given({ domain }), ...given(secrets), scope: scopeOf(dps) },
            }),
          )
        }
      />
    );
  }
  const { account } = asked;
  if (asked.what === 'where') return <SealingDialog of={account} onClose={onClose} />;
  const params = { path: { id: account.id } };
  return asked.what === 'delete' ? (
    <FormDialog
      {...shared}
      title={`${t('delete')}: ${account.label}`}
      action="delete"
      danger
      explain={t('explain.account.delete')}
      onSubmit={() => take(api.DELETE('/api/v1/accounts/{id}', { params }))}
    />
  ) : (
    <EnterAgain account={account} onClose={onClose} />
  );
}

function scopeOf(text: string): 'all' | { dps: string[] } {
  const dps = text.split(/[\s,]+/).filter((dp) => dp !== '');
  return dps.length === 0 ? 'all' : { dps };
}
