import { Button, Checkbox, Group, Modal, Stack, Table, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { useFocusBack } from '../../forms/focus-back.js';
import { formats } from '../../formats.js';
import { SETTINGS, type SettingName } from '../../setting-kinds.js';
import { Time } from '../../show.js';
import { language, known, named, text, useT } from '../../texts.js';
import { changesOf, type FieldChange } from './audit-changes.js';
import { settingText } from '../settings/settings-fields.js';

export type Entry = Schema['AuditPage']['items'][number];

/** What ids are called. */
type Names = Readonly<Record<string, string>>;

interface Props {
  entry: Entry;
  /** Shows the entries about the same target only. */
  onTarget: () => void;
  onClose: () => void;
}

/** An entry in words, and what it changed: each field with its value before and after. */
export function AuditEntry({ entry, onTarget, onClose }: Props): ReactNode {
  const t = useT();
  useFocusBack();
  const [all, setAll] = useState(false);
  const { before, after, ...rest } = entry.data;
  const { names = {} } = entry;
  const rows = changesOf(before, after);
  const facts = changesOf(undefined, rest);
  const same = rows.filter(({ changed }) => !changed).length;
  const shown = all ? rows : rows.filter(({ changed }) => changed);
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={entry.text ?? `${entry.action} ${entry.target}`}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">
          <Time at={entry.at} exact /> · {entry.who?.name ?? t('audit.server')} · {entry.address ?? '–'}
        </Text>
        {shown.length > 0 && (
          <Table aria-label={t('audit.change')} layout="fixed">
            <Table.Tbody>
              {shown.map((row) => (
                <Row key={row.field} of={row} names={names} isChange={before != null && after != null} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        {same > 0 && (
          <Checkbox
            size="xs"
            label={t('audit.unchanged', { count: same })}
            checked={all}
            onChange={({ currentTarget: { checked } }) => setAll(checked)}
          />
        )}
        {facts.length > 0 && (
          <Table aria-label={t('audit.facts')} layout="fixed">
            <Table.Tbody>
              {facts.map((row) => (
                <Row key={row.field} of={row} names={names} isChange={false} />
              ))}
            </Table.Tbody>
          </Table>
        )}
        {rows.length === 0 && facts.length === 0 && <Text size="sm">{t('audit.nothing')}</Text>}
        <Group justify="space-between">
          <SmallCode of={`${entry.action} ${entry.target}`} />
          <Group gap="xs">
            <Button variant="default" size="xs" onClick={onTarget}>
              {t('audit.ofTarget')}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}

function Row({
  of: { field, old, now, changed },
  names,
  isChange,
}: {
  of: FieldChange;
  names: Names;
  isChange: boolean;
}): ReactNode {
  const [was, is] = [valueText(field, old, names), valueText(field, now, names)];
  const [label, code] = fieldLabel(field);
  return (
    <Table.Tr>
      <Table.Th scope="row" w="36%" style={{ overflowWrap: 'anywhere' }}>
        {label} {code && <SmallCode of={code} />}
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere' }}>
        {!isChange || !changed ? (
          was === '–' ? (
            is
          ) : (
            was
          )
        ) : (
          <>
            <Text span size="sm" c="dimmed">
              {was}
            </Text>
            {' → '}
            <Text span size="sm" fw={600}>
              {is}
            </Text>
          </>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** What a field is called, and its code where it is called otherwise. */
function fieldLabel(field: string): [label: string, code: string | null] {
  const last = field.slice(field.lastIndexOf('.') + 1);
  const label = known(`setting.${field}`) ?? known(`field.${last}`) ?? known(last);
  return label === null ? [field, null] : [label, field];
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

function valueText(field: string, value: unknown, names: Names): string {
  if (value === undefined || value === null || value === '') return '–';
  if (Object.hasOwn(SETTINGS, field)) return settingText(field as SettingName, value);
  if (typeof value === 'boolean') return known(value ? 'yes' : 'no') ?? String(value);
  if (typeof value === 'number') return value.toLocaleString(language());
  if (typeof value !== 'string') {
    const isPlain = Array.isArray(value) && value.every((one) => typeof one !== 'object');
    return isPlain ? listText(value, names) : JSON.stringify(value);
  }
  if (/(?:^|\.)state$/.test(field)) return named('state', value);
  if (/(?:^|\.)role$/.test(field)) return known(`role.${value}`) ?? value;
  if (INSTANT.test(value)) {
    return formats().exact.format(new Date(value));
  }
  return names[value] ?? value;
}

/** Values of a list that are shown; of thousands of computers nobody reads each. */
const LISTED = 20;

function listText(values: readonly unknown[], names: Names): string {
  const list = values
    .slice(0, LISTED)
    .map((value) => names[String(value)] ?? value)
    .join(', ');
  const count = values.length - LISTED;
  return count > 0 ? text('audit.more', { list, count }) : list;
}
