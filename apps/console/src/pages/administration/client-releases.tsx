import { Button, FileButton, Group, Progress, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Age, Fault, Heading, State } from '../../show.js';
import { useT } from '../../texts.js';
import { Views } from '../../lists/views.js';
import { upload } from '../../forms/upload.js';

type Release = Schema['ClientReleaseDto'];
type Change = Schema['ChangeClientReleaseDto'];

export function Component(): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const mayManage = useMay('admin');
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState<string | null>(null);
  const [percent, setPercent] = useState<number | null>(null);
  const settled = {
    // it is under way until the list shows it: buttons would move under the pointer
    onSettled: () => {
      setPercent(null);
      return client.invalidateQueries({ queryKey: ['releases'] });
    },
  };
  const change = useMutation({
    mutationFn: ({ version, body }: { version: string; body: Change }) =>
      take(api.PATCH('/api/v1/client-releases/{version}', { params: { path: { version } }, body })),
    ...settled,
  });
  const send = useMutation({
    mutationFn: ({ version, platform, file }: { version: string; platform: string; file: File }) =>
      upload({
        method: 'PUT',
        url: `/api/v1/client-releases/${encodeURIComponent(version)}/files/${encodeURIComponent(platform)}`,
        body: file,
        headers: { 'Content-Type': 'application/octet-stream', 'X-File-Name': encodeURIComponent(file.name) },
        onProgress: setPercent,
      }),
    ...settled,
  });
  const columns: readonly Column<Release>[] = [
    {
      title: 'version',
      width: 1.5,
      sort: 'version',
      cell: (release) => (release.default ? `${release.version} (${t('default')})` : release.version),
    },
    { title: 'state', sort: 'state', width: 1.2, cell: ({ state }) => <State of={state} /> },
    { title: 'platforms', width: 1.5, cell: ({ platforms }) => Object.keys(platforms).join(', ') },
    {
      title: 'files',
      isLong: true,
      width: 2,
      cell: ({ files }) =>
        files
          .map(({ platform, name, size }) => `${platform}: ${name} (${Math.ceil(size / 1024)} KiB)`)
          .join(', ') || '–',
    },
    { title: 'createdAt', sort: 'createdAt', cell: ({ createdAt }) => <Age at={createdAt} /> },
    ...(mayManage ? [{ title: 'actions', width: 2, cell: actions } as const] : []),
  ];
  function actions({ version, state, platforms, default: isDefault }: Release): ReactNode {
    const to = (name: 'makeDefault' | 'withdraw', body: Change) => ({
      name,
      onClick: () => change.mutate({ version, body }),
    });
    return (
      <Group gap={4} wrap="nowrap" justify="flex-end">
        {state === 'draft' &&
          Object.keys(platforms).map((platform) => (
            <FileButton
              key={platform}
              onChange={(file) => file && send.mutate({ version, platform, file })}
              inputProps={{ 'aria-label': `${t('upload')} ${platform}` }}
            >
              {(props) => (
                <Button {...props} size="compact-xs" variant="default">
                  {t('upload')} {platform}
                </Button>
              )}
            </FileButton>
          ))}
        {state === 'draft' && (
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${t('publish')} ${version}`}
            disabled={send.isPending}
            onClick={() => change.mutate({ version, body: { state: 'published' } })}
          >
            {t('publish')}
          </Button>
        )}
        <RowMenu
          of={version}
          actions={[
            ...(state === 'published' && !isDefault ? [to('makeDefault', { default: true })] : []),
            ...(state === 'published' ? [to('withdraw', { state: 'withdrawn' })] : []),
            ...(state === 'published'
              ? []
              : [{ name: 'delete' as const, danger: true, onClick: () => setDeleting(version) }]),
          ]}
        />
      </Group>
    );
  }
  return (
    <>
      <Heading title={t('page.releases')}>
        {mayManage && <Button onClick={() => setCreating(true)}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Group mb="sm">
        <Views list="client-releases" />
        {percent !== null && <Progress value={percent} flex={1} aria-label={t('progress')} />}
      </Group>
      <Fault error={change.error ?? send.error} />
      <ServerList
        label={t('page.releases')}
        queryKey={['releases', 'list']}
        load={(page) => take(api.GET('/api/v1/client-releases', { params: { query: page } }))}
        sort="-createdAt"
        columns={columns}
        id={({ version }) => version}
        empty={<Text>{t('empty.releases')}</Text>}
      />
      {deleting !== null && (
        <FormDialog
          title={`${t('delete')}: ${deleting}`}
          action="delete"
          danger
          explain={t('explain.release.delete')}
          changes={['releases']}
          onClose={() => setDeleting(null)}
          onSubmit={() =>
            take(api.DELETE('/api/v1/client-releases/{version}', { params: { path: { version: deleting } } }))
          }
        />
      )}
      {creating && (
        <FormDialog
          title={t('release.new')}
          action="create"
          fields={[
            { name: 'version', label: 'version', required: true },
            { name: 'platform', label: 'platform', required: true, initial: 'linux' },
            { name: 'install', label: 'installCommand', required: true, initial: './install.sh' },
            { name: 'args', label: 'arguments', hint: 'hint.arguments' },
            { name: 'successCodes', label: 'successCodes', required: true, initial: '0' },
            {
              name: 'restartCodes',
              label: 'restartCodes',
              hint: 'hint.restartCodes',
              initial: '194, 3010, 1641',
            },
          ]}
          changes={['releases']}
          onClose={() => setCreating(false)}
          onSubmit={({ version = '', platform = '', install = '', args, successCodes, restartCodes }) => {
            const how = {
              install,
              args: words(args),
              successCodes: words(successCodes).map(Number),
              restartCodes: words(restartCodes).map(Number),
            };
            return take(
              api.POST('/api/v1/client-releases', { body: { version, platforms: { [platform]: how } } }),
            );
          }}
        />
      )}
    </>
  );
}

/** What stands between spaces or commas. */
function words(typed = ''): string[] {
  return typed.split(/[\s,]+/).filter((one) => one !== '');
}
