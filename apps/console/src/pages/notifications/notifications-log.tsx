import { Button, Group, Modal, NativeSelect, Table, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { Fault, State, Time } from '../../show.js';
import { language, useT } from '../../texts.js';
import { useUrlChoices } from '../../lists/url-choices.js';
import { Views } from '../../lists/views.js';

type Delivery = Schema['NotificationDeliveryDto'];
const STATES = ['waiting', 'delivered', 'failed'] as const satisfies readonly Delivery['state'][];

/** What was sent, to whom, and what came back. */
export function DeliveryLog(): ReactNode {
  const t = useT();
  const lang = language();
  const [params, choose] = useUrlChoices();
  const state = STATES.find((one) => one === params.get('state')) ?? '';
  const [shown, setShown] = useState<Delivery | null>(null);
  const columns: readonly Column<Delivery>[] = [
    {
      title: 'createdAt',
      sort: 'createdAt',
      width: 2.2,
      cell: ({ createdAt }) => <Time at={createdAt} exact />,
    },
    { title: 'delivery.notice', isLong: true, width: 3, cell: ({ notices }) => titlesOf(notices) },
    { title: 'delivery.target', width: 1.4, cell: ({ target }) => target.name ?? '–' },
    { title: 'state', sort: 'state', cell: (delivery) => <State of={delivery.state} /> },
    {
      title: 'delivery.answer',
      isLong: true,
      width: 2,
      cell: ({ attempts }) => {
        const last = attempts.at(-1);
        return last ? (
          <span title={last.text}>{[last.status, last.text].filter(Boolean).join(' ')}</span>
        ) : (
          '–'
        );
      },
    },
    {
      title: 'actions',
      cell: (delivery) => (
        <RowMenu
          of={titlesOf(delivery.notices)}
          actions={[{ name: 'delivery.attempts', onClick: () => setShown(delivery) }]}
        />
      ),
    },
  ];
  return (
    <>
      <Group mb="sm" align="end">
        <Views list="deliveries" />
        <NativeSelect
          maw={240}
          aria-label={t('state')}
          value={state}
          onChange={({ currentTarget: { value } }) => choose({ state: value })}
          data={[
            { value: '', label: t('allStates') },
            ...STATES.map((value) => ({ value, label: t(`state.${value}`) })),
          ]}
        />
      </Group>
      <ServerList
        label={t('notifications.log')}
        queryKey={['notificationDeliveries', 'list', state, lang]}
        load={(page) =>
          take(
            api.GET('/api/v1/notification-deliveries', {
              params: { query: { ...page, ...(state !== '' && { state }) } },
            }),
          )
        }
        sort="-createdAt"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.deliveries')}</Text>}
      />
      {shown && <Attempts delivery={shown} onClose={() => setShown(null)} />}
    </>
  );
}

function titlesOf(notices: Delivery['notices']): string {
  return notices.map(({ title }) => title).join(' · ');
}

/** Each attempt with its answer; what has ended can be sent again. */
function Attempts({ delivery, onClose }: { delivery: Delivery; onClose: () => void }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const [error, setError] = useState<unknown>(null);
  const resend = async (): Promise<void> => {
    try {
      await take(
        api.POST('/api/v1/notification-deliveries/{id}/resend', { params: { path: { id: delivery.id } } }),
      );
      await client.invalidateQueries({ queryKey: ['notificationDeliveries'] });
      onClose();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={titlesOf(delivery.notices) || t('delivery.attempts')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <SmallCode of={delivery.id} />
      {delivery.dueAt !== null && (
        <Text size="sm">
          {t('delivery.next')} <Time at={delivery.dueAt} exact />
        </Text>
      )}
      <Table.ScrollContainer minWidth={480}>
        <Table aria-label={t('delivery.attempts')}>
          <Table.Tbody>
            {delivery.attempts.map(({ at, text, status, answer, milliseconds }) => (
              <Table.Tr key={at}>
                <Table.Th scope="row">
                  <Time at={at} exact />
                </Table.Th>
                <Table.Td>{text}</Table.Td>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>
                  {[status, answer].filter((part) => part !== null).join(' ')}
                </Table.Td>
                <Table.Td ta="right">{`${milliseconds} ms`}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Fault error={error} />
      {delivery.state !== 'waiting' && (
        <Group justify="flex-end" mt="sm">
          <Button onClick={() => void resend()}>{t('delivery.resend')}</Button>
        </Group>
      )}
    </Modal>
  );
}
