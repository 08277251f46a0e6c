import { Alert, Anchor, Badge, Button, Loader, Modal, Stack, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { TenantName } from '../../names.js';
import { RowMenu } from '../../lists/row-menu.js';
import { useOwnTenants } from '../../session/own-tenants.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Fault, Heading, Time } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';
import { scheduleText } from './directory-schedule.js';
import { SyncResult } from './directory.js';

type Directory = Schema['DirectoryDto'];
type Asked = { what: 'create' } | { what: 'change' | 'enterAgain' | 'delete' | 'test'; directory: Directory };

const PLACE: readonly Field[] = [
  { name: 'url', label: 'url', required: true, initial: 'ldaps://', hint: 'hint.url' },
  { name: 'bindDn', label: 'bindDn', required: true, hint: 'hint.bindDn' },
  { name: 'bindPassword', label: 'password', kind: 'password', required: true },
];
const SEARCH: readonly Field[] = [
  { name: 'bases', label: 'bases', kind: 'area', required: true, hint: 'hint.bases' },
  { name: 'filter', label: 'filter', hint: 'hint.filter' },
  { name: 'caPem', label: 'caPem', kind: 'area', hint: 'hint.caPem' },
];

/** Where computers are read from: Active Directory, or another directory that speaks LDAP. */
export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const columns: readonly Column<Directory>[] = [
    {
      title: 'name',
      sort: 'name',
      width: 1.2,
      cell: ({ id, name }) => (
        <Anchor component={Link} to={`/directories/${id}`} size="sm">
          {name}
        </Anchor>
      ),
    },
    { title: 'url', width: 1.6, cell: ({ url }) => <span title={url}>{url}</span> },
    { title: 'transport', cell: ({ transport }) => t(`transport.${transport}`) },
    { title: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
    { title: 'schedule', width: 1.3, cell: ({ schedule }) => scheduleText(schedule, t) },
    {
      title: 'sync.last',
      width: 1.6,
      cell: ({ sync }) =>
        sync?.last ? (
          <span>
            <Time at={sync.last.at} /> <SyncResult of={sync.last.result} />
          </span>
        ) : (
          '–'
        ),
    },
    { title: 'sync.next', width: 1.2, cell: ({ sync }) => <Time at={sync?.nextAt} /> },
    ...(mayManage ? [{ title: 'actions', width: 3.4, cell: actions } as const] : []),
  ];
  function actions(directory: Directory): ReactNode {
    return (
      <RowMenu
        of={directory.name}
        actions={(['test', 'change', 'enterAgain', 'delete'] as const).map((what) => ({
          name: what,
          danger: what === 'delete',
          onClick: () => setAsked({ what, directory }),
        }))}
      />
    );
  }
  return (
    <>
      <Heading title={t('page.directories')}>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <ServerList
        label={t('page.directories')}
        queryKey={['directories', 'list']}
        load={(page) => take(api.GET('/api/v1/directories', { params: { query: page } }))}
        sort="name"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.directories')}</Text>}
      />
      {asked?.what === 'test' && <Test directory={asked.directory} onClose={() => setAsked(null)} />}
      {asked && asked.what !== 'test' && (
        <Ask key={asked.what} asked={asked} onClose={() => setAsked(null)} />
      )}
    </>
  );
}

/** Tries the directory step by step, and says at which one it ends. */
function Test({ directory, onClose }: { directory: Directory; onClose: () => void }): ReactNode {
  const t = useT();
  const test = useQuery({
    queryKey: ['directoryTest', directory.id],
    queryFn: () =>
      take(api.POST('/api/v1/directories/{id}/test', { params: { path: { id: directory.id } } })),
    // once: coming back to the window, or a reconnect, does not log in there again
    staleTime: 'static',
    gcTime: 0,
    retry: false,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={`${t('test')}: ${directory.name}`}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        {test.isPending && <Loader aria-label={t('progress')} />}
        <Fault error={test.error} />
        {test.data && (
          <>
            <Alert color={test.data.ok ? 'teal' : 'red'} role="status">
              {test.data.ok ? t('test.found', { count: test.data.count ?? 0 }) : t('test.failed')}
            </Alert>
            <Table aria-label={t('test')}>
              <Table.Tbody>
                {test.data.steps.map(({ step, ok, text, milliseconds }) => (
                  <Table.Tr key={step}>
                    <Table.Th scope="row">{t(`step.${step}` as TextKey)}</Table.Th>
                    <Table.Td>
                      <Badge variant="dot" color={ok === null ? 'gray' : ok ? 'teal' : 'red'}>
                        {t(ok === null ? 'step.notTried' : ok ? 'step.ok' : 'state.failed')}
                      </Badge>
                    </Table.Td>
                    <Table.Td>{text}</Table.Td>
                    <Table.Td ta="right">{ok === null ? '' : `${milliseconds} ms`}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
            {test.data.samples.length > 0 && (
              <Table aria-label={t('test.samples')}>
                <Table.Tbody>
                  {test.data.samples.map(({ name, dnsName, os, dn }) => (
                    <Table.Tr key={dn}>
                      <Table.Th scope="row">{name}</Table.Th>
                      <Table.Td>{dnsName ?? '–'}</Table.Td>
                      <Table.Td>{os ?? '–'}</Table.Td>
                      <Table.Td>
                        <Text size="xs">{dn}</Text>
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            )}
          </>
        )}
      </Stack>
    </Modal>
  );
}

interface AskProps {
  asked:
    | Exclude<Asked, { what: 'test' }>
    | { what: 'change' | 'enterAgain' | 'delete' | 'test'; directory: Directory };
  onClose: () => void;
}

function Ask({ asked, onClose }: AskProps): ReactNode {
  const t = useT();
  const { first } = useOwnTenants();
  const shared = { changes: ['directories'], onClose };
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('directory.new')}
        action="create"
        explain={t('explain.directory')}
        fields={[
          { name: 'name', label: 'name', required: true },
          { name: 'tenant', label: 'tenant', kind: 'tenant', required: true, initial: first },
          ...PLACE,
          ...SEARCH,
        ]}
        onSubmit={({ name = '', tenant = '', url = '', bindDn = '', bindPassword = '', ...search }) =>
          take(
            api.POST('/api/v1/directories', {
              body: {
                name,
                tenant,
                url,
                bindDn,
                bindPassword,
                startTls: isPlainUrl(url),
                ...searchFrom(search),
              },
            }),
          )
        }
      />
    );
  }
  const { directory, what } = asked;
  const params = { path: { id: directory.id } };
  const initial: Record<string, string> = {
    url: directory.url,
    bindDn: directory.bindDn,
    bases: directory.bases.join('\n'),
    filter: directory.filter ?? '',
    caPem: directory.caPem ?? '',
  };
  const filled = (fields: readonly Field[]): Field[] =>
    fields.map((field) => ({ ...field, initial: initial[field.name] ?? '' }));
  if (what === 'delete') {
    return (
      <FormDialog
        {...shared}
        title={`${t('delete')}: ${directory.name}`}
        action="delete"
        danger
        explain={t('explain.directory.delete')}
        onSubmit={() => take(api.DELETE('/api/v1/directories/{id}', { params }))}
      />
    );
  }
  return what === 'change' ? (
    <FormDialog
      {...shared}
      title={`${t('change')}: ${directory.name}`}
      action="change"
      fields={[{ name: 'name', label: 'name', required: true, initial: directory.name }, ...filled(SEARCH)]}
      onSubmit={({ name = '', ...search }) =>
        take(api.PATCH('/api/v1/directories/{id}', { params, body: { name, ...searchFrom(search) } }))
      }
    />
  ) : (
    <FormDialog
      {...shared}
      title={`${t('enterAgain')}: ${directory.name}`}
      action="enterAgain"
      explain={t('explain.directory')}
      fields={filled(PLACE)}
      onSubmit={({ url = '', bindDn = '', bindPassword = '' }) =>
        take(
          api.PATCH('/api/v1/directories/{id}', {
            params,
            body: { url, bindDn, bindPassword, startTls: isPlainUrl(url) },
          }),
        )
      }
    />
  );
}

/** `ldap://` is encrypted by StartTLS; a password is never sent readable from here. */
function isPlainUrl(url: string): boolean {
  return url.toLowerCase().startsWith('ldap://');
}

function searchFrom({ bases = '', filter = '', caPem = '' }: Record<string, string>): {
  bases: string[];
  filter: string | null;
  caPem: string | null;
} {
  return {
    bases: bases
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    filter: filter.trim() || null,
    caPem: caPem.trim() || null,
  };
}
