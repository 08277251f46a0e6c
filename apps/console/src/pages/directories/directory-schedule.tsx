import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { useDps } from '../../names.js';
import { useT } from '../../texts.js';

type Directory = Schema['DirectoryDto'];
type Schedule = NonNullable<Directory['schedule']>;

const WEEK = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const DAYS = {
  all: WEEK,
  work: ['mon', 'tue', 'wed', 'thu', 'fri'],
  weekend: ['sat', 'sun'],
} as const;
type Days = keyof typeof DAYS;
const POLICIES = ['preview', 'commit', 'release'] as const;

/** A schedule in words. */
export function scheduleText(schedule: Directory['schedule'], t: ReturnType<typeof useT>): string {
  if (!schedule) return t('schedule.none');
  if (schedule.every !== undefined) return t('schedule.every', { count: schedule.every });
  const { times = [], days = [], timeZone = '' } = schedule;
  const named = WEEK.filter((day) => days.includes(day)).map((day) => t(`day.${day}`));
  const when = named.length === WEEK.length ? t('schedule.days.all') : named.join(', ');
  return `${when} ${times.join(', ')} (${timeZone})`;
}

/** When a directory is read by itself, and what becomes of what is found. */
export function ScheduleDialog({
  directory,
  onClose,
}: {
  directory: Directory;
  onClose: () => void;
}): ReactNode {
  const t = useT();
  const dps = useDps();
  const usable = (dps.data?.items ?? []).filter((dp) => dp.tenant === null || dp.tenant === directory.tenant);
  const { schedule } = directory;
  const kept = schedule ? daysOf(schedule) : 'all';
  const dayOptions = (Object.keys(DAYS) as Days[]).map((value) => ({
    value,
    label: t(`schedule.days.${value}`),
  }));
  const fields: Field[] = [
    {
      name: 'when',
      label: 'schedule.when',
      kind: 'select',
      initial: schedule ? (schedule.every === undefined ? 'times' : 'every') : 'none',
      options: (['none', 'every', 'times'] as const).map((value) => ({
        value,
        label: t(`schedule.when.${value}`),
      })),
    },
    {
      name: 'every',
      label: 'schedule.minutes',
      hint: 'hint.schedule.minutes',
      initial: String(schedule?.every ?? 15),
    },
    {
      name: 'times',
      label: 'schedule.times',
      hint: 'hint.schedule.times',
      initial: (schedule?.times ?? ['02:00']).join(', '),
    },
    {
      name: 'days',
      label: 'schedule.days',
      kind: 'select',
      initial: kept,
      options:
        kept === 'kept' ? [...dayOptions, { value: 'kept', label: scheduleText(schedule, t) }] : dayOptions,
    },
    {
      name: 'timeZone',
      label: 'window.timeZone',
      kind: 'timeZone',
      initial: schedule?.timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    },
    {
      name: 'policy',
      label: 'policy',
      kind: 'select',
      initial: directory.policy,
      options: POLICIES.map((value) => ({ value, label: t(`policy.${value}`) })),
    },
    {
      name: 'releasesPerHour',
      label: 'policy.perHour',
      hint: 'hint.policy.perHour',
      initial: String(directory.releasesPerHour),
    },
    {
      name: 'dp',
      label: 'dp',
      kind: 'select',
      hint: 'hint.schedule.dp',
      initial: directory.dp ?? '',
      options: [
        { value: '', label: t('schedule.serverDp') },
        ...usable.map(({ id, name }) => ({ value: id, label: name === id ? id : `${name} (${id})` })),
      ],
    },
  ];
  if (!dps.data) return null;
  return (
    <FormDialog
      title={`${t('schedule')}: ${directory.name}`}
      action="change"
      explain={t('explain.schedule')}
      fields={fields}
      changes={['directories']}
      onClose={onClose}
      onSubmit={(values) =>
        take(
          api.PATCH('/api/v1/directories/{id}', {
            params: { path: { id: directory.id } },
            body: {
              schedule: scheduleFrom(values, schedule),
              policy: values['policy'] as Directory['policy'],
              releasesPerHour: Number(values['releasesPerHour']),
              dp: values['dp'] || null,
            },
          }),
        )
      }
    />
  );
}

function daysOf({ days }: Schedule): Days | 'kept' {
  if (!days) return 'all';
  const same = (Object.keys(DAYS) as Days[]).find(
    (name) => DAYS[name].length === days.length && DAYS[name].every((day) => days.includes(day)),
  );
  return same ?? 'kept';
}

function scheduleFrom(values: Record<string, string>, before: Schedule | null): Schedule | null {
  const { when, every, times = '', days = 'all', timeZone = '' } = values;
  if (when === 'none') return null;
  if (when === 'every') return { every: Number(every) };
  return {
    times: times.split(/[\s,;]+/).filter((time) => time !== ''),
    days: days === 'kept' ? (before?.days ?? [...WEEK]) : [...DAYS[days as Days]],
    timeZone: timeZone.trim(),
  };
}
