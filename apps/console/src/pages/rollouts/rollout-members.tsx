import { Anchor, Button, Group, NativeSelect, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { everything } from '../../lists/bulk.js';
import { SmallCode } from '../../codes.js';
import { FormDialog } from '../../forms/dialogs.js';
import { DpFilter } from '../../lists/dp-filter.js';
import { ServerList, type Column } from '../../lists/list.js';
import { DpName } from '../../names.js';
import { SearchBox } from '../../lists/search-box.js';
import { useMay } from '../../session/session.js';
import { Time } from '../../show.js';
import type { Chosen } from '../../lists/table.js';
import { named, type TextKey, useT } from '../../texts.js';
import { isOpen } from './rollout-state.js';

type Member = Schema['RolloutMemberDto'];
const NOBODY: Chosen<Member> = { items: new Map(), all: false };
const STATES: readonly Member['state'][] = [
  'waiting',
  'started',
  'away',
  'silent',
  'failing',
  'installed',
  'registered',
  'ready',
  'failed',
  'skipped',
];

const COLUMNS: readonly Column<Member>[] = [
  {
    title: 'name',
    width: 1.7,
    cell: ({ computer, name }) => (
      <Anchor component={Link} to={`/computers/${computer}`} size="sm">
        {name}
      </Anchor>
    ),
  },
  { title: 'dp', cell: ({ dp }) => <DpName id={dp} /> },
  { title: 'rollout.wave', width: 0.7, cell: ({ wave }) => wave + 1 },
  { title: 'state', width: 3, cell: (member) => <Standing member={member} /> },
  {
    title: 'messages',
    isLong: true,
    width: 2.4,
    cell: ({ output }) => <span title={output ?? ''}>{output ?? '–'}</span>,
  },
  { title: 'rollout.resultAt', width: 1.1, cell: ({ resultAt }) => <Time at={resultAt} /> },
];

function Standing({ member: { state, code, skipped } }: { member: Member }): ReactNode {
  const t = useT();
  const why =
    skipped !== null ? t(`skipped.${skipped}` as TextKey) : code === null ? null : named('failed', code);
  const said = `${t(`member.${state}` as TextKey)}${why === null ? '' : `: ${why}`}`;
  return (
    <>
      {said} {code !== null && <SmallCode of={code} />}
    </>
  );
}

/** The computers of a rollout, each with its wave and how it stands. */
export function RolloutMembers({ rollout }: { rollout: Schema['RolloutDto'] }): ReactNode {
  const t = useT();
  const { id } = rollout;
  const [state, setState] = useState('');
  const [wave, setWave] = useState('');
  const [dp, setDp] = useState('');
  const [q, setQ] = useState('');
  const [chosen, setChosen] = useState<Chosen<Member>>(NOBODY);
  const [asked, setAsked] = useState<'skip' | 'move' | null>(null);
  const may = useMay('operator');
  const isActive = isOpen(rollout);
  const filter = {
    ...(state && { state: state as Member['state'] }),
    ...(wave && { wave: Number(wave) }),
    ...(dp && { dp }),
    ...(q && { q }),
  };
  const load = ({ limit, after }: { limit: number; after?: string }) =>
    take(
      api.GET('/api/v1/rollouts/{id}/members', {
        params: { path: { id }, query: { limit, ...(after && { after }), ...filter } },
      }),
    );
  // what was ticked under another filter is not seen any more
  const narrowed = (change: () => void): void => {
    setChosen(NOBODY);
    change();
  };
  return (
    <>
      <Group align="end">
        <SearchBox value={q} onChange={(value) => narrowed(() => setQ(value))} />
        <NativeSelect
          aria-label={t('state')}
          value={state}
          onChange={({ currentTarget: { value } }) => narrowed(() => setState(value))}
          data={[
            { value: '', label: t('allStates') },
            ...STATES.map((one) => ({ value: one, label: t(`member.${one}` as TextKey) })),
          ]}
        />
        <NativeSelect
          aria-label={t('rollout.wave')}
          value={wave}
          onChange={({ currentTarget: { value } }) => narrowed(() => setWave(value))}
          data={[
            { value: '', label: t('rollout.allWaves') },
            ...rollout.waves.map((_, index) => ({
              value: String(index),
              label: t('rollout.waveNumber', { number: index + 1 }),
            })),
          ]}
        />
        <DpFilter value={dp} onChange={(value) => narrowed(() => setDp(value))} />
      </Group>
      <ServerList
        key={id}
        label={t('rollout.members')}
        prefix="members."
        queryKey={['rollouts', 'members', id, filter]}
        load={load}
        columns={COLUMNS}
        id={({ computer }) => computer}
        empty={<Text>{t('empty.filtered')}</Text>}
        height="50dvh"
        {...(may &&
          isActive && {
            selection: {
              chosen,
              onChange: setChosen,
              bar: () =>
                (['skip', 'move'] as const).map((what) => (
                  <Button key={what} size="xs" variant="default" onClick={() => setAsked(what)}>
                    {t(`rollout.${what}`)}
                  </Button>
                )),
            },
          })}
      />
      {asked && (
        <ChangeMembers
          what={asked}
          rollout={rollout}
          whom={async () => (chosen.all ? await everything(load) : [...chosen.items.values()])}
          onClose={() => setAsked(null)}
          onDone={() => setChosen(NOBODY)}
        />
      )}
    </>
  );
}

interface ChangeProps {
  what: 'skip' | 'move';
  rollout: Schema['RolloutDto'];
  whom: () => Promise<readonly Member[]>;
  onClose: () => void;
  onDone: () => void;
}

/** Leaves out those who were ticked, or puts them into another wave; whose turn has come stays as it is. */
function ChangeMembers({ what, rollout: { id, waves }, whom, onClose, onDone }: ChangeProps): ReactNode {
  const t = useT();
  const params = { path: { id } };
  const options = waves.map((_, index) => ({
    value: String(index),
    label: t('rollout.waveNumber', { number: index + 1 }),
  }));
  return (
    <FormDialog
      title={t(`rollout.${what}`)}
      action={`rollout.${what}`}
      explain={t('explain.rollout.members')}
      fields={what === 'move' ? [{ name: 'wave', label: 'rollout.wave', kind: 'select', options }] : []}
      changes={['rollouts']}
      onClose={onClose}
      onSubmit={async ({ wave }) => {
        const computers = (await whom()).map(({ computer }) => computer);
        await (what === 'skip'
          ? take(api.POST('/api/v1/rollouts/{id}/skip', { params, body: { computers } }))
          : take(
              api.POST('/api/v1/rollouts/{id}/move', { params, body: { computers, wave: Number(wave) } }),
            ));
        onDone();
      }}
    />
  );
}
