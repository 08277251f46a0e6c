import { Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { type Field, FormDialog } from '../../forms/dialogs.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { RolloutPlan } from './rollout-plan.js';

const PAUSE_MS = 300;

/** Whom a rollout is for: what was ticked, or what a filter finds. */
export type RolloutChoice =
  { computers: string[] } | { filter: NonNullable<Schema['CreateRolloutDto']['filter']> };

const KINDS = ['install-client', 'reinstall'] as const;
const FIELDS: readonly Field[] = [
  { name: 'name', label: 'name', required: true },
  { name: 'kind', label: 'rollout.does', kind: 'select', hint: 'hint.rollout.does' },
  { name: 'release', label: 'clientRelease', kind: 'clientRelease', hint: 'hint.clientRelease' },
  { name: 'first', label: 'rollout.first', initial: '5', hint: 'hint.rollout.first' },
  { name: 'percent', label: 'rollout.second', initial: '10', hint: 'hint.rollout.second' },
  { name: 'person', label: 'rollout.person', kind: 'check' },
  { name: 'share', label: 'rollout.share', initial: '10', hint: 'hint.rollout.share' },
  { name: 'perMinute', label: 'rollout.perMinute', hint: 'hint.rollout.perMinute' },
  { name: 'startAt', label: 'rollout.startAt', kind: 'time' },
  { name: 'deadline', label: 'rollout.deadline', kind: 'time', hint: 'hint.rollout.deadline' },
  { name: 'windows', label: 'setting.windows', kind: 'windows', hint: 'hint.rollout.windows' },
  { name: 'note', label: 'note' },
];

interface Props {
  choice: RolloutChoice;
  /** The computers have a client already: the rollout installs it again, unless somebody says otherwise. */
  again?: boolean;
  onClose: () => void;
}

/** Asks how a rollout is to go, says beforehand what would come of it, and starts it. */
export function NewRollout({ choice, again = false, onClose }: Props): ReactNode {
  const t = useT();
  const navigate = useNavigate();
  const [asked] = useState(choice);
  const fields = FIELDS.map((field) =>
    field.name === 'kind'
      ? {
          ...field,
          initial: again ? 'reinstall' : 'install-client',
          options: KINDS.map((value) => ({ value, label: t(`rollout.kind.${value}`) })),
        }
      : field,
  );
  return (
    <FormDialog
      title={t('rollout.new')}
      action="rollout.start"
      explain={t('explain.rollout')}
      fields={fields}
      preview={(values) => <Preview choice={asked} values={values} />}
      changes={['rollouts', 'computers', 'orders', 'overview']}
      onClose={onClose}
      onSubmit={async (values) => {
        const made = await take(api.POST('/api/v1/rollouts', { body: { ...asked, ...wishOf(values) } }));
        await navigate(`/rollouts/${made.id}`);
      }}
    />
  );
}

interface PreviewProps {
  choice: RolloutChoice;
  values: Readonly<Record<string, string>>;
}

/** The plan of what is asked for, made again when the typing pauses. */
function Preview({ choice, values }: PreviewProps): ReactNode {
  const t = useT();
  const { kind, release, waves, startAt, deadline, windows } = wishOf(values);
  const [wish] = useDebouncedValue(
    JSON.stringify({ kind, release, waves, startAt, deadline, windows }),
    PAUSE_MS,
  );
  const plan = useQuery({
    queryKey: ['rollout-plan', choice, wish],
    queryFn: () =>
      take(
        api.POST('/api/v1/rollouts/plan', {
          body: {
            ...choice,
            ...(JSON.parse(wish) as Omit<Schema['PlanRolloutDto'], 'computers' | 'filter'>),
          },
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  if (plan.isPending) return <Loader aria-label={t('bulk.counting')} />;
  if (plan.isError) return <Fault error={plan.error} />;
  return <RolloutPlan plan={plan.data} />;
}

function wishOf(
  values: Readonly<Record<string, string>>,
): Omit<Schema['CreateRolloutDto'], 'computers' | 'filter'> {
  const {
    name = '',
    kind,
    release,
    first,
    percent,
    person,
    share,
    perMinute,
    startAt,
    deadline,
    windows,
    note,
  } = values;
  const gate = person === 'true' ? 'person' : 'auto';
  return {
    name,
    kind: kind === 'reinstall' ? kind : 'install-client',
    ...(release && { release }),
    waves: [
      ...(first ? [{ count: Number(first), gate } as const] : []),
      ...(percent ? [{ percent: Number(percent), gate } as const] : []),
    ],
    ...(share && { stops: [{ share: Number(share) }] }),
    ...(perMinute && { pace: { perMinute: Number(perMinute) } }),
    ...(startAt && { startAt }),
    ...(deadline && { deadline }),
    ...(windows && { windows: JSON.parse(windows) as Schema['WindowDto'][] }),
    ...(note && { note }),
  };
}
