import { Button, Checkbox, Fieldset, Group, Stack, Text, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { PickField } from './pick-field.js';
import { type TextKey, useT } from '../texts.js';
import { DAYS, type Window } from './windows-text.js';

interface WindowsProps {
  windows: readonly Window[];
  /** What holds where there is none. */
  none: string;
  onChange: (windows: Window[]) => void;
}

/** When orders may run: spans of a day, each with its days and its time zone. */
export function Windows({ windows, none, onChange }: WindowsProps): ReactNode {
  const t = useT();
  const change = (index: number, part: Partial<Window>): void =>
    onChange(windows.map((one, at) => (at === index ? { ...one, ...part } : one)));
  const add = (): void => {
    const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
    onChange([...windows, { days: [...DAYS], from: '22:00', to: '05:00', timeZone }]);
  };
  return (
    <Stack>
      <Text size="sm">{windows.length === 0 ? none : t('explain.windows')}</Text>
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
            <PickField
              of="timeZone"
              label={t('window.timeZone')}
              value={window.timeZone}
              onChange={(timeZone) => change(index, { timeZone })}
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
      </Group>
    </Stack>
  );
}
