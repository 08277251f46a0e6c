import { Button, Checkbox, Fieldset, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../api.js';
import { language, text, type TextKey, useT } from '../texts.js';

export type Settings = Required<Schema['ChangeSettingsDto']>;
export type SettingName = keyof Settings;
type Window = Schema['WindowDto'];

/** How each setting is typed. */
const SETTINGS = {
  pollInterval: 'seconds',
  pollJitter: 'percent',
  longPoll: 'switch',
  directFirst: 'switch',
  concurrency: 'number',
  accountLogins: 'number',
  attempts: 'number',
  orderExpiry: 'seconds',
  installTimeout: 'seconds',
  registrationTimeout: 'seconds',
  restartAlert: 'seconds',
  windows: 'windows',
  hostKeyPolicy: 'hostKeys',
  sshPort: 'number',
  defaultRelease: 'text',
} as const satisfies Record<SettingName, string>;

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const UNITS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A value as a person reads it: durations in their largest whole unit, windows as days and times. */
export function settingText(name: SettingName, value: unknown): string {
  if (value === null || value === undefined) return text('settings.none');
  if (name === 'windows') return windowsText(value as readonly Window[]);
  if (name === 'hostKeyPolicy') return text(`setting.hostKeyPolicy.${value as 'pin' | 'strict'}`);
  if (typeof value === 'boolean') return text(value ? 'settings.on' : 'settings.off');
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return '';
  const kind = SETTINGS[name];
  if (kind === 'percent') return `${value} %`;
  if (kind !== 'seconds') return value.toLocaleString(language());
  const [unit, seconds] = UNITS.find(([, size]) => value >= size && value % size === 0) ?? ['second', 1];
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(
    value / seconds,
  );
}

function windowsText(windows: readonly Window[]): string {
  if (windows.length === 0) return text('windows.always');
  return windows
    .map(({ days, from, to, timeZone }) => {
      const named =
        days.length === DAYS.length
          ? text('windows.daily')
          : days.map((day) => text(`day.${day}`)).join(', ');
      return `${named} ${from}–${to} (${timeZone})`;
    })
    .join('; ');
}

interface FieldProps<Name extends SettingName = SettingName> {
  name: Name;
  value: Settings[Name];
  onChange: (value: Settings[Name]) => void;
}

/** The field for one setting; nothing typed takes the layer's own value away. */
export function SettingField({ name, value, onChange }: FieldProps): ReactNode {
  const t = useT();
  const label = t(`setting.${name}`);
  const given = value === null || typeof value === 'object' ? '' : String(value);
  switch (SETTINGS[name]) {
    case 'windows':
      return <Windows windows={(value ?? []) as Window[]} onChange={onChange} />;
    case 'switch':
      return (
        <NativeSelect
          label={label}
          value={given}
          onChange={({ currentTarget: { value: chosen } }) =>
            onChange(chosen === '' ? null : chosen === 'true')
          }
          data={[
            { value: '', label: t('settings.inherit') },
            { value: 'true', label: t('settings.on') },
            { value: 'false', label: t('settings.off') },
          ]}
        />
      );
    case 'hostKeys':
      return (
        <NativeSelect
          label={label}
          value={given}
          onChange={({ currentTarget: { value: chosen } }) =>
            onChange(chosen === 'pin' || chosen === 'strict' ? chosen : null)
          }
          data={[
            { value: '', label: t('settings.inherit') },
            { value: 'pin', label: t('setting.hostKeyPolicy.pin') },
            { value: 'strict', label: t('setting.hostKeyPolicy.strict') },
          ]}
        />
      );
    case 'text':
      return (
        <TextInput
          label={label}
          value={given}
          onChange={({ currentTarget }) => onChange(currentTarget.value || null)}
        />
      );
    default: {
      const unit = SETTINGS[name] === 'seconds' ? t('settings.seconds') : undefined;
      return (
        <TextInput
          label={label}
          inputMode="numeric"
          {...(unit && { description: `${unit}${given === '' ? '' : `: ${settingText(name, value)}`}` })}
          value={given}
          onChange={({ currentTarget }) => {
            const typed = currentTarget.value.trim();
            const number = Number(typed);
            if (typed === '') onChange(null);
            else if (Number.isInteger(number)) onChange(number);
          }}
        />
      );
    }
  }
}

interface WindowsProps {
  windows: readonly Window[];
  onChange: (windows: Window[] | null) => void;
}

/** When orders may run: spans of a day, each with its days and its time zone. */
function Windows({ windows, onChange }: WindowsProps): ReactNode {
  const t = useT();
  const change = (index: number, part: Partial<Window>): void =>
    onChange(windows.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const add = (): void => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    onChange([...windows, { days: [...DAYS], from: '22:00', to: '05:00', timeZone }]);
  };
  return (
    <Stack>
      <Text size="sm">{windows.length === 0 ? t('windows.always') : t('explain.windows')}</Text>
      {windows.map((window, index) => (
        <Fieldset key={index} legend={`${t('window')} ${index + 1}`}>
          <Group mb="sm" gap="sm">
            {DAYS.map((day) => (
              <Checkbox
                key={day}
                label={t(`day.${day}`)}
                checked={window.days.includes(day)}
                onChange={({ currentTarget: { checked } }) =>
                  change(index, {
                    days: DAYS.filter((one) => (one === day ? checked : window.days.includes(one))),
                  })
                }
              />
            ))}
          </Group>
          <Group align="end">
            {(['from', 'to'] as const).map((end) => (
              <TextInput
                key={end}
                type="time"
                label={t(`window.${end}` as TextKey)}
                value={window[end]}
                onChange={({ currentTarget }) => change(index, { [end]: currentTarget.value })}
                required
              />
            ))}
            <TextInput
              label={t('window.timeZone')}
              value={window.timeZone}
              onChange={({ currentTarget }) => change(index, { timeZone: currentTarget.value })}
              required
            />
            <Button
              variant="default"
              aria-label={`${t('delete')} ${t('window')} ${index + 1}`}
              onClick={() => onChange(windows.filter((_, at) => at !== index))}
            >
              {t('delete')}
            </Button>
          </Group>
        </Fieldset>
      ))}
      <Group>
        <Button variant="default" onClick={add}>
          {t('window.add')}
        </Button>
        <Button variant="subtle" onClick={() => onChange(null)}>
          {t('settings.inherit')}
        </Button>
      </Group>
    </Stack>
  );
}
