import { NativeSelect, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from '../../texts.js';

/** Choices of how far back, in days. */
export const DAYS = ['1', '7', '30', '90'];
const MINUTE_MS = 60_000;

interface Props {
  params: URLSearchParams;
  choose: (choices: Readonly<Record<string, string>>) => void;
}

/** Which times of the audit are shown: the last days, or from one time to another. One takes the other back. */
export function AuditTimes({ params, choose }: Props): ReactNode {
  const t = useT();
  const end = (name: 'since' | 'until', label: string): ReactNode => (
    <TextInput
      type="datetime-local"
      label={label}
      max="9999-12-31T23:59"
      value={asTyped(params.get(name))}
      onChange={({ currentTarget: { value } }) => choose({ [name]: asInstant(value), days: '' })}
    />
  );
  return (
    <>
      <NativeSelect
        label={t('time')}
        value={params.get('days') ?? ''}
        onChange={(event) => choose({ days: event.currentTarget.value, since: '', until: '' })}
        data={[
          { value: '', label: t('audit.always') },
          ...DAYS.map((one) => ({ value: one, label: t('audit.days', { count: Number(one) }) })),
        ]}
      />
      {end('since', t('audit.since'))}
      {end('until', t('audit.until'))}
    </>
  );
}

/** An instant as the browser's field has it: in the viewer's zone, to the minute. */
function asTyped(instant: string | null): string {
  const at = Date.parse(instant ?? '');
  if (Number.isNaN(at)) return '';
  return new Date(at - new Date(at).getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

function asInstant(typed: string): string {
  const at = Date.parse(typed);
  return Number.isNaN(at) ? '' : new Date(at).toISOString();
}
