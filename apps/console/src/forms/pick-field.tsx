import { type ComboboxItem, MultiSelect, type OptionsFilter, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { OPTIONS, type Picked, type Source } from './pick-options.js';
import { text, useT } from '../texts.js';

/** Options that are shown at once; typing narrows them. */
const SHOWN = 50;
const SETTLE_MS = 200;
/** First part of the keys of what is asked for: what makes lists of the same things stale makes the choices stale as well. */
const KEYS: Readonly<Partial<Record<Picked, string>>> = { dp: 'dps', clientRelease: 'releases' };

interface Props {
  of: Picked;
  label: string;
  description?: string;
  required?: boolean;
  error?: string;
  value: string;
  onChange: (value: string) => void;
  /** What stands for no choice; without it there has to be one. */
  none?: string;
  /** Choices before those of the server. */
  first?: readonly { value: string; label: string }[];
  /** What some are called, by their values, that need not be asked for one by one; null: not there yet. */
  labels?: ReadonlyMap<string, string> | null;
  /** Its label is for screen readers alone: what stands beside it says the same. */
  isBare?: boolean;
  /** Any number of them, joined by commas in the value. */
  many?: boolean;
}

const plain = (words: string): string => words.toLowerCase().replaceAll('_', ' ').trim();

/** Those that have what was typed in their label or in what the field then has, such as `America/New_York`. */
const found: OptionsFilter = ({ options, search, limit }) =>
  (options as ComboboxItem[])
    .filter(({ label, value }) => [label, value].some((words) => plain(words).includes(plain(search))))
    .slice(0, limit);

/** A choice among things that the server knows, found by typing a part of their names. */
export function PickField(props: Props): ReactNode {
  const { of, label, value, onChange, none, first = [], isBare, many = false, required, ...rest } = props;
  const { labels: given, ...shared } = rest;
  const t = useT();
  const [typed, setTyped] = useState('');
  // a field that nobody touches asks for nothing
  const [isOpened, setIsOpened] = useState(false);
  const [wanted] = useDebouncedValue(typed, SETTLE_MS);
  const { load, onServer, labelOf }: Source = OPTIONS[of];
  // what was chosen stands in the field by its label, or by its id until that is known, which is no search; and it keeps that
  // while others are searched for
  const [labels] = useState(() => new Map(first.map((one) => [one.value, one.label])));
  const labelled = (one: string): string | undefined => labels.get(one) ?? given?.get(one);
  const kind = KEYS[of] ?? `${of}s`;
  const search = onServer && wanted !== value && wanted !== labelled(value) ? wanted : '';
  const options = useQuery({
    queryKey: [kind, 'options', search],
    queryFn: () => load(search),
    enabled: isOpened || value !== '',
    placeholderData: keepPreviousData,
    staleTime: 30_000,
  });
  const offered = [...first, ...(options.data ?? [])];
  for (const option of offered) labels.set(option.value, option.label);
  const chosen = value === '' ? [] : many ? value.split(/[\s,]+/) : [value];
  const unnamed = chosen.filter((one) => labelled(one) === undefined);
  const looked = useQuery({
    queryKey: [kind, 'labels', ...unnamed],
    queryFn: () =>
      // one that is gone keeps its id
      Promise.all(unnamed.map(async (one) => [one, (await labelOf?.(one).catch(() => one)) ?? one] as const)),
    enabled: labelOf !== undefined && options.isSuccess && given !== null && unnamed.length > 0,
    staleTime: 30_000,
  });
  for (const [one, its] of looked.data ?? []) labels.set(one, its);
  const lost = chosen.filter((one) => offered.every((option) => option.value !== one));
  const data = [...offered, ...lost.map((one) => ({ value: one, label: labelled(one) ?? one }))];
  const select = {
    ...shared,
    ...(isBare ? { 'aria-label': label } : { label }),
    data,
    searchable: true,
    filter: found,
    limit: SHOWN,
    onSearchChange: setTyped,
    onDropdownOpen: () => setIsOpened(true),
    nothingFoundMessage: options.isPending ? t('pick.loading') : t('pick.nothing'),
    comboboxProps: { withinPortal: true },
    // the star stands for it; whether it was filled in is said by the server, as of every field
    withAsterisk: required,
  };
  // the library keeps it from the keyboard and from screen readers; nothing else takes a choice back there
  const clear = { 'aria-label': text('pick.clear'), 'aria-hidden': false, tabIndex: 0, size: 'md' } as const;
  if (many) {
    return (
      <MultiSelect
        {...select}
        value={chosen}
        placeholder={chosen.length === 0 ? none : undefined}
        onChange={(values) => onChange(values.join(','))}
        clearButtonProps={clear}
      />
    );
  }
  return (
    <Select
      {...select}
      value={value === '' ? null : value}
      placeholder={none}
      clearable={none !== undefined}
      clearButtonProps={clear}
      allowDeselect={none !== undefined}
      onChange={(one) => onChange(one ?? '')}
    />
  );
}
