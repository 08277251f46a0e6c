import { Button, Group, Input, NativeSelect, Stack, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { PickField } from '../../forms/pick-field.js';
import { SETTINGS, type SettingName, type Settings } from '../../setting-kinds.js';
import { language, text, useT } from '../../texts.js';
import { Windows } from '../../forms/windows-field.js';
import { type Window, windowsText } from '../../forms/windows-text.js';

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
  if (value === 'none' || value === 'newest') return text(`agentVersion.${value}`);
  if (typeof value === 'boolean') return text(value ? 'settings.on' : 'settings.off');
  if (typeof value === 'string') return value;
  if (typeof value !== 'number') return '';
  const kind = SETTINGS[name];
  if (kind === 'percent') return `${value} %`;
  if (kind === 'days' && value === 0) return text('settings.forEver');
  if (kind === 'days') return unitText(value, 'day');
  if (kind !== 'seconds') return value.toLocaleString(language());
  const [unit, seconds] = UNITS.find(([, size]) => value >= size && value % size === 0) ?? ['second', 1];
  return unitText(value / seconds, unit);
}

function unitText(value: number, unit: string): string {
  return new Intl.NumberFormat(language(), { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}

interface FieldProps<Name extends SettingName = SettingName> {
  name: Name;
  value: Settings[Name];
  /** What is wrong with it. */
  error?: string;
  onChange: (value: Settings[Name]) => void;
}

function isExplained(name: SettingName): name is 'agentVersion' | 'minimumAgentVersion' {
  return name === 'agentVersion' || name === 'minimumAgentVersion';
}

/** The field for one setting; nothing typed takes the layer's own value away. */
export function SettingField({ name, value, error, onChange }: FieldProps): ReactNode {
  const t = useT();
  const label = t(`setting.${name}`);
  const given = value === null || typeof value === 'object' ? '' : String(value);
  switch (SETTINGS[name]) {
    case 'windows':
      return (
        <Stack>
          <Windows windows={(value ?? []) as Window[]} none={t('windows.always')} onChange={onChange} />
          {error && <Input.Error role="alert">{error}</Input.Error>}
          <Group>
            <Button variant="subtle" onClick={() => onChange(null)}>
              {t('settings.inherit')}
            </Button>
          </Group>
        </Stack>
      );
    case 'switch':
      return (
        <NativeSelect
          label={label}
          error={error}
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
          error={error}
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
      if (name === 'defaultRelease') {
        return (
          <PickField
            of="clientRelease"
            label={label}
            error={error}
            value={given}
            none={t('settings.inherit')}
            onChange={(version) => onChange(version || null)}
          />
        );
      }
      return (
        <TextInput
          label={label}
          error={error}
          {...(isExplained(name) && { description: t(`explain.${name}`) })}
          value={given}
          onChange={({ currentTarget }) => onChange(currentTarget.value || null)}
        />
      );
    default: {
      const kind = SETTINGS[name];
      const unit = kind === 'number' ? undefined : t(`settings.${kind}`);
      return (
        <TextInput
          label={label}
          error={error}
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
