import { Anchor, Badge, Button, Group, List, SegmentedControl, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FailureName, WithCodes } from '../../codes.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ServerList, type Column } from '../../lists/list.js';
import { AccountName, NamedDp } from '../../names.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Heading, Time } from '../../show.js';
import { useT } from '../../texts.js';

type Brake = Schema['BrakeDto'];

/** What stops orders that share an account, a release or a DP, until a person has mended the cause. */
export function Component(): ReactNode {
  const t = useT();
  const mayControl = useMay('operator');
  const [open, setOpen] = useState(true);
  const [asked, setAsked] = useState<Brake | 'create' | null>(null);
  const columns: readonly Column<Brake>[] = [
    { title: 'brake.scope', width: 2, cell: ({ scope }) => <Scope {...scope} /> },
    {
      title: 'reason',
      isLong: true,
      width: 2.4,
      cell: ({ reason }) => (
        <span title={reason}>
          <WithCodes text={reason} />
        </span>
      ),
    },
    { title: 'brake.openedAt', width: 1.3, cell: ({ openedAt }) => <Time at={openedAt} /> },
    {
      title: 'page.orders',
      cell: ({ id }) => (
        <Anchor component={Link} to={`/orders?brake=${id}`} size="sm">
          {t('brake.orders')}
        </Anchor>
      ),
    },
    open
      ? { title: 'actions', cell: (brake) => (mayControl ? actions(brake) : '–') }
      : {
          title: 'brake.lifted',
          width: 2,
          cell: ({ lifted }) => (
            <span title={lifted?.reason}>{lifted && `${lifted.by}: ${lifted.reason}`}</span>
          ),
        },
  ];
  function actions(brake: Brake): ReactNode {
    return (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={`${t('lift')} ${brake.reason}`}
        onClick={() => setAsked(brake)}
      >
        {t('lift')}
      </Button>
    );
  }
  return (
    <>
      <Heading title={t('page.brakes')}>
        {mayControl && <Button onClick={() => setAsked('create')}>{t('brake.pull')}</Button>}
      </Heading>
      <RoleNote least="operator" />
      <SegmentedControl
        mb="sm"
        aria-label={t('state')}
        value={open ? 'open' : 'lifted'}
        onChange={(value) => setOpen(value === 'open')}
        data={(['open', 'lifted'] as const).map((value) => ({ value, label: t(`brake.${value}`) }))}
      />
      <ServerList
        label={t('page.brakes')}
        queryKey={['brakes', 'list', open]}
        load={(page) => take(api.GET('/api/v1/brakes', { params: { query: { ...page, open } } }))}
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t(open ? 'empty.brakes' : 'empty.lifted')}</Text>}
      />
      {asked === 'create' && <Pull onClose={() => setAsked(null)} />}
      {asked !== null && asked !== 'create' && (
        <FormDialog
          title={t('lift')}
          action="lift"
          explain={
            <>
              <Text size="sm">{t('explain.lift')}</Text>
              <Text size="sm">
                <WithCodes text={asked.reason} />
              </Text>
              <List size="sm">
                {asked.evidence.slice(0, 10).map(({ order, dp, code, at }) => (
                  <List.Item key={order + at}>
                    <FailureName code={code} />
                    {' · '}
                    <NamedDp id={dp} />
                    {' · '}
                    <Time at={at} />
                  </List.Item>
                ))}
              </List>
            </>
          }
          fields={[{ name: 'reason', label: 'brake.mended', required: true }]}
          changes={['brakes', 'orders', 'overview']}
          onClose={() => setAsked(null)}
          onSubmit={({ reason = '' }) =>
            take(
              api.POST('/api/v1/brakes/{id}/lift', { params: { path: { id: asked.id } }, body: { reason } }),
            )
          }
        />
      )}
    </>
  );
}

function Scope({ account, release, dp }: Brake['scope']): ReactNode {
  const t = useT();
  return (
    <Group gap={4} wrap="nowrap">
      {account !== null && (
        <Badge variant="default">
          {t('account')} <AccountName id={account} />
        </Badge>
      )}
      {release !== null && <Badge variant="default">{`${t('release.noun')} ${release}`}</Badge>}
      {dp !== null && (
        <Badge variant="default">
          <NamedDp id={dp} />
        </Badge>
      )}
    </Group>
  );
}

/** A brake by hand. */
function Pull({ onClose }: { onClose: () => void }): ReactNode {
  const t = useT();
  const query = { limit: 500 };
  const accounts = useQuery({
    queryKey: ['accounts', 'all'],
    queryFn: () => take(api.GET('/api/v1/accounts', { params: { query } })),
  });
  const releases = useQuery({
    queryKey: ['releases', 'all'],
    queryFn: () => take(api.GET('/api/v1/client-releases', { params: { query } })),
  });
  if (accounts.isPending || releases.isPending) return null;
  const any = { value: '', label: t('brake.any') };
  return (
    <FormDialog
      title={t('brake.pull')}
      action="brake.pull"
      danger
      explain={t('explain.brake')}
      fields={[
        {
          name: 'dp',
          label: 'dp',
          kind: 'dp',
          none: 'brake.any',
        },
        {
          name: 'account',
          label: 'account',
          kind: 'select',
          options: [any, ...(accounts.data?.items ?? []).map(({ id, label }) => ({ value: id, label }))],
        },
        {
          name: 'release',
          label: 'release.noun',
          kind: 'select',
          options: [
            any,
            ...(releases.data?.items ?? []).map(({ version }) => ({ value: version, label: version })),
          ],
        },
        { name: 'reason', label: 'reason', required: true },
      ]}
      changes={['brakes', 'orders', 'overview']}
      onClose={onClose}
      onSubmit={({ account, release, dp, reason = '' }) =>
        take(
          api.POST('/api/v1/brakes', {
            body: {
              scope: { ...(account && { account }), ...(release && { release }), ...(dp && { dp }) },
              reason,
            },
          }),
        )
      }
    />
  );
}
