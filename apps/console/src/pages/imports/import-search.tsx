import { Checkbox, NumberInput, SimpleGrid, Textarea, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { type TextKey, useT } from '../../texts.js';

/** What is taken of a directory; what is left out is as the directory has it. */
export type Search = Pick<
  Schema['ImportOptionsDto'],
  | 'bases'
  | 'filter'
  | 'includeGroups'
  | 'excludeGroups'
  | 'nested'
  | 'osPattern'
  | 'staleDays'
  | 'includeDisabled'
>;

const LISTS = [
  ['bases', 'import.base', 'hint.base'],
  ['includeGroups', 'import.includeGroups', 'hint.includeGroups'],
  ['excludeGroups', 'import.excludeGroups', 'hint.excludeGroups'],
] as const satisfies readonly (readonly [keyof Search, TextKey, TextKey])[];

/** What of a directory is to be imported. */
export function SearchFields({
  search,
  onChange,
}: {
  search: Search;
  onChange: (search: Search) => void;
}): ReactNode {
  const t = useT();
  const set = (name: keyof Search, value: Search[keyof Search]): void => {
    const { [name]: _, ...others } = search;
    onChange(value === undefined ? others : { ...others, [name]: value });
  };
  return (
    <>
      <SimpleGrid cols={{ base: 1, sm: 3 }}>
        {LISTS.map(([name, label, hint]) => (
          <Textarea
            key={name}
            label={t(label)}
            description={t(hint)}
            autosize
            maxRows={6}
            onChange={(event) => {
              const lines = event.currentTarget.value.split('\n').map((line) => line.trim());
              const given = lines.filter((line) => line !== '');
              set(name, given.length > 0 ? given : undefined);
            }}
          />
        ))}
        <TextInput
          label={t('filter')}
          description={t('hint.filter')}
          onChange={(event) => set('filter', event.currentTarget.value.trim() || undefined)}
        />
        <TextInput
          label={t('import.osPattern')}
          description={t('hint.osPattern')}
          onChange={(event) => set('osPattern', event.currentTarget.value.trim() || undefined)}
        />
        <NumberInput
          label={t('import.staleDays')}
          description={t('hint.staleDays')}
          min={1}
          max={3650}
          allowDecimal={false}
          onChange={(days) => set('staleDays', typeof days === 'number' ? days : undefined)}
        />
      </SimpleGrid>
      <Checkbox
        label={t('import.nested')}
        checked={search.nested ?? true}
        onChange={(event) => set('nested', event.currentTarget.checked ? undefined : false)}
      />
      <Checkbox
        label={t('import.includeDisabled')}
        checked={search.includeDisabled ?? false}
        onChange={(event) => set('includeDisabled', event.currentTarget.checked || undefined)}
      />
    </>
  );
}
