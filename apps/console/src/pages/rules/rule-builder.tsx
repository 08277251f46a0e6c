import {
  ActionIcon,
  Autocomplete,
  Button,
  Fieldset,
  Group,
  Input,
  NativeSelect,
  Stack,
  Text,
} from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useRef, type ReactNode } from 'react';
import { type TextKey, useT } from '../../texts.js';
import { conditionOf, innerOf, type RuleRow, type RuleRows } from './rule-rows.js';
import { conditionText } from './rule-sentence.js';

/** Criteria that have networks or places as their values, which contain what they are asked of. */
const CONTAIN: ReadonlySet<string> = new Set(['addressIn', 'publicAddressIn', 'ou']);

export interface BuilderProps {
  /** Criteria that a rule of this kind may have, by their names in the API. */
  fields: readonly string[];
  rows: RuleRows;
  onChange: (rows: RuleRows) => void;
  /** What the server finds wrong, by where it lies in the request. */
  faults: readonly { path: string; message: string }[];
  /** Values that are known of a field; others may be typed. */
  suggestions?: Readonly<Partial<Record<string, readonly string[]>>>;
}

/** A condition as rows of criterion, comparison and value, with what they say together as a sentence. */
export function RuleBuilder({ fields, rows, onChange, faults, suggestions = {} }: BuilderProps): ReactNode {
  const t = useT();
  const { match, groups } = rows;
  const { when, paths } = conditionOf(rows);
  const blank: RuleRow = { field: fields[0] ?? '', negated: false, value: '', column: '' };
  const isOnly = groups.flat().length === 1;
  const set = (group: number, now: readonly RuleRow[]): void =>
    onChange({ match, groups: groups.with(group, now).filter((one) => one.length > 0) });
  const shown = useRef<HTMLDivElement>(null);
  const add = useRef<HTMLButtonElement>(null);
  /** The button that removes a row goes with it: the focus goes to the row before, or to where one is added. */
  const remove = (group: number, row: number): void => {
    const before = shown.current?.querySelectorAll('[data-rule-row]')[numberOf(group, row) - 2];
    (before?.querySelector('select') ?? add.current)?.focus();
    set(group, groups[group]?.toSpliced(row, 1) ?? []);
  };
  const told = new Set(paths.flat());
  const rest = faults.filter(({ path }) => [...told].every((own) => !isAt(path, own)));
  const numberOf = (group: number, row: number): number =>
    groups.slice(0, group).reduce((sum, one) => sum + one.length, row + 1);
  return (
    <Fieldset legend={t('condition')}>
      <Stack gap="xs" ref={shown}>
        {groups.map((group, at) => (
          <Stack key={at} gap={6}>
            {at > 0 && <Joint word={match} />}
            {group.map((row, index) => (
              <Stack key={index} gap={6} pl={index > 0 ? 'lg' : 0}>
                {index > 0 && <Joint word={innerOf(match)} />}
                <Row
                  row={row}
                  number={numberOf(at, index)}
                  fields={fields}
                  suggestions={suggestions}
                  error={faults
                    .filter(({ path }) => isAt(path, paths[at]?.[index] ?? ''))
                    .map(({ message }) => message)
                    .join(' ')}
                  onChange={(now) => set(at, group.with(index, now))}
                  {...(!isOnly && { onRemove: () => remove(at, index) })}
                />
              </Stack>
            ))}
            <Group pl="lg">
              <Button
                size="compact-xs"
                variant="default"
                onClick={() => set(at, [...group, { ...(group.at(-1) ?? blank), value: '' }])}
              >
                {`+ ${t(match === 'all' ? 'condition.or' : 'condition.and')}`}
              </Button>
            </Group>
          </Stack>
        ))}
        <Group>
          <Button
            ref={add}
            size="compact-sm"
            variant="default"
            onClick={() => onChange({ match, groups: [...groups, [blank]] })}
          >
            {t(match === 'all' ? 'rule.addAnd' : 'rule.addOr')}
          </Button>
        </Group>
        {rest.length > 0 && (
          <Input.Error role="alert">{rest.map(({ message }) => message).join(' ')}</Input.Error>
        )}
        {groups.flat().every(({ value }) => value.trim() !== '') && (
          <Text size="sm" role="status">
            {t('rule.sentence', { condition: conditionText(when) })}
          </Text>
        )}
      </Stack>
    </Fieldset>
  );
}

/** Whether a fault lies in what stands at a place, and not in another place whose name only begins alike. */
function isAt(path: string, own: string): boolean {
  return path === own || (path.startsWith(own) && '.['.includes(path.charAt(own.length)));
}

function Joint({ word }: { word: 'all' | 'any' }): ReactNode {
  const t = useT();
  return (
    <Text size="xs" fw={600} c="dimmed">
      {t(word === 'all' ? 'condition.and' : 'condition.or')}
    </Text>
  );
}

interface RowProps {
  row: RuleRow;
  /** Tells the rows apart for those who hear them, from 1. */
  number: number;
  fields: readonly string[];
  suggestions: NonNullable<BuilderProps['suggestions']>;
  error: string;
  onChange: (row: RuleRow) => void;
  onRemove?: () => void;
}

function Row({ row, number, fields, suggestions, error, onChange, onRemove }: RowProps): ReactNode {
  const t = useT();
  const { field, negated, value, column } = row;
  const kind = CONTAIN.has(field) ? 'in' : 'is';
  const hint = `rule.hint.${field}` as TextKey;
  return (
    <Group gap="xs" align="start" data-rule-row>
      <NativeSelect
        aria-label={`${t('rule.field')} ${number}`}
        w={{ base: '100%', xs: 170 }}
        value={field}
        onChange={(event) => onChange({ ...row, field: event.currentTarget.value })}
        data={fields.map((one) => ({ value: one, label: t(`rule.of.${one}` as TextKey) }))}
      />
      {field === 'column' && (
        <Autocomplete
          aria-label={`${t('rule.of.column')} ${number}`}
          w={{ base: '100%', xs: 130 }}
          placeholder={t('rule.heading')}
          value={column}
          onChange={(heading) => onChange({ ...row, column: heading })}
          data={[...(suggestions['column'] ?? [])]}
        />
      )}
      <NativeSelect
        aria-label={`${t('rule.operator')} ${number}`}
        w={140}
        value={negated ? 'not' : 'is'}
        onChange={(event) => onChange({ ...row, negated: event.currentTarget.value === 'not' })}
        data={[
          { value: 'is', label: t(`rule.operator.${kind}`) },
          { value: 'not', label: t(`rule.operator.${kind}Not`) },
        ]}
      />
      <Autocomplete
        aria-label={`${t('rule.value')} ${number}`}
        style={{ flex: 1, minWidth: 130 }}
        placeholder={t(hint)}
        error={error || undefined}
        value={value}
        onChange={(now) => onChange({ ...row, value: now })}
        data={field === 'column' ? [] : [...(suggestions[field] ?? [])]}
      />
      {onRemove && (
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          aria-label={`${t('rule.remove')} ${number}`}
          onClick={onRemove}
        >
          <IconTrash size={16} aria-hidden />
        </ActionIcon>
      )}
    </Group>
  );
}
