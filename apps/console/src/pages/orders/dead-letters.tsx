import { Code, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { Heading } from '../../show.js';
import { useT } from '../../texts.js';

type DeadLetter = Schema['DeadLetterDto'];
const ACTIONS = ['replay', 'delete'] as const;

export function Component(): ReactNode {
  const t = useT();
  const [asked, setAsked] = useState<{ what: (typeof ACTIONS)[number]; letter: DeadLetter } | null>(null);
  const columns: readonly Column<DeadLetter>[] = [
    { title: 'queue', width: 1.6, cell: ({ queue }) => queue },
    { title: 'reason', isLong: true, width: 2.5, cell: ({ reason }) => <span title={reason}>{reason}</span> },
    {
      title: 'actions',
      width: 1.6,
      cell: (letter) => (
        <RowMenu
          of={letter.queue}
          actions={ACTIONS.map((what) => ({
            name: what,
            danger: what === 'delete',
            onClick: () => setAsked({ what, letter }),
          }))}
        />
      ),
    },
  ];
  return (
    <>
      <Heading title={t('page.deadLetters')} />
      <ServerList
        label={t('page.deadLetters')}
        queryKey={['deadLetters', 'list']}
        load={(page) => take(api.GET('/api/v1/dead-letters', { params: { query: page } }))}
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.deadLetters')}</Text>}
      />
      {asked && (
        <FormDialog
          title={t(asked.what)}
          action={asked.what}
          danger={asked.what === 'delete'}
          explain={<Code block>{asked.letter.content}</Code>}
          changes={['deadLetters']}
          onClose={() => setAsked(null)}
          onSubmit={() => {
            const params = { path: { id: asked.letter.id } };
            return asked.what === 'replay'
              ? take(api.POST('/api/v1/dead-letters/{id}/replay', { params }))
              : take(api.DELETE('/api/v1/dead-letters/{id}', { params }));
          }}
        />
      )}
    </>
  );
}
