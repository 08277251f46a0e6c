import { Group, NativeSelect, Table, Text, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { PickField } from '../../forms/pick-field.js';
import { useT } from '../../texts.js';

type Shown = Schema['TenantNotificationsDto'];
type Kind = keyof Shown['inherited']['mail'];
type Mode = Shown['inherited']['mail'][Kind];

const MODES = ['off', 'at-once', 'hourly', 'daily'] as const satisfies readonly Mode[];

/** What stands in the fields, by name; empty: what is inherited. */
export type Preferences = Readonly<Record<string, string>>;

/** The fields of one layer as they are typed; they begin with what the layer says itself. */
export function usePreferences({ values: own, inherited }: Shown): {
  values: Preferences;
  change: (name: string, value: string) => void;
} {
  const [values, setValues] = useState<Preferences>(() => ({
    language: own.language ?? '',
    timeZone: own.timeZone ?? '',
    dailyAt: own.dailyAt ?? '',
    ...Object.fromEntries(kindsOf(inherited).map((kind) => [kind, own.mail?.[kind] ?? ''])),
  }));
  const change = (name: string, value: string): void => setValues((before) => ({ ...before, [name]: value }));
  return { values, change };
}

interface Props {
  inherited: Shown['inherited'];
  label: string;
  values: Preferences;
  onChange: (name: string, value: string) => void;
}

/** How people are told by mail: language, clock, and of each kind of notice whether and how. */
export function PreferenceFields({ inherited: below, label, values, onChange }: Props): ReactNode {
  const t = useT();
  const field = (name: string) => ({
    value: values[name] ?? '',
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange(name, currentTarget.value),
  });
  const inherited = (text: string) => ({ value: '', label: t('notifications.inherit', { value: text }) });
  return (
    <>
      <Group grow align="flex-start" preventGrowOverflow={false}>
        <NativeSelect
          label={t('language')}
          {...field('language')}
          data={[
            inherited(below.language === 'de' ? 'Deutsch' : 'English'),
            { value: 'en', label: 'English' },
            { value: 'de', label: 'Deutsch' },
          ]}
        />
        <PickField
          of="timeZone"
          label={t('timeZone')}
          none={inherited(below.timeZone).label}
          value={values['timeZone'] ?? ''}
          onChange={(zone) => onChange('timeZone', zone)}
        />
        <TextInput type="time" label={t('notifications.dailyAt')} {...field('dailyAt')} />
      </Group>
      <Text size="sm">{t('explain.notifications')}</Text>
      <Table aria-label={label} layout="fixed">
        <Table.Tbody>
          {kindsOf(below).map((kind) => (
            <Table.Tr key={kind}>
              <Table.Th scope="row" w="42%" style={{ hyphens: 'auto' }}>
                {t(`noticeKind.${kind}`)}
              </Table.Th>
              <Table.Td>
                <NativeSelect
                  aria-label={t(`noticeKind.${kind}`)}
                  {...field(kind)}
                  data={[
                    inherited(t(`mailMode.${below.mail[kind]}`)),
                    ...MODES.map((mode) => ({ value: mode, label: t(`mailMode.${mode}`) })),
                  ]}
                />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </>
  );
}

/** What a layer is changed to. */
export function preferencesBody(
  values: Preferences,
  { mail }: Shown['inherited'],
): Schema['ChangeTenantNotificationsDto'] {
  const given = (name: string): string | null => values[name] || null;
  return {
    language: given('language') as 'en' | 'de' | null,
    timeZone: given('timeZone'),
    dailyAt: given('dailyAt'),
    mail: Object.fromEntries(Object.keys(mail).map((kind) => [kind, given(kind)])),
  };
}

function kindsOf({ mail }: Shown['inherited']): Kind[] {
  return Object.keys(mail) as Kind[];
}
