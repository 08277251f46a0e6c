import { Button, NativeSelect, Popover, Stack, Text, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { failureNames, language, named, type TextKey, useT } from '../../texts.js';
import { csvFile, isDays } from './computers-csv.js';

/** What narrows the list beside its own controls: names of the address, as they are called. */
export const MORE_FILTERS = {
  failure: 'failure',
  os: 'os',
  clientVersion: 'client',
  silentDays: 'filter.silent',
  directory: 'directory',
  ou: 'filter.ou',
  alert: 'alert',
} as const satisfies Record<string, TextKey>;
type Name = keyof typeof MORE_FILTERS;

/** Days without a contact that are offered. */
const SILENT_DAYS = ['1', '7', '30', '90'] as const;
const DAY_MS = 86_400_000;

interface Props {
  params: URLSearchParams;
  choose: (choices: Readonly<Record<string, string>>) => void;
}

/** Narrows the list by what is known of computers; what is chosen stands beside it, to be taken back. */
export function MoreFilters({ params, choose }: Props): ReactNode {
  const t = useT();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover
      opened={isOpen}
      onChange={setOpen}
      position="bottom-start"
      trapFocus
      returnFocus
      shadow="md"
      width={280}
    >
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
        >
          {t('filters')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('filters')}>
        <FilterForm
          params={params}
          onApply={(choices) => {
            choose(choices);
            setOpen(false);
          }}
        />
      </Popover.Dropdown>
    </Popover>
  );
}

interface FormProps {
  params: URLSearchParams;
  onApply: (choices: Readonly<Record<string, string>>) => void;
}

function FilterForm({ params, onApply }: FormProps): ReactNode {
  const t = useT();
  const directories = useQuery({
    queryKey: ['directories', 'all'],
    queryFn: () => take(api.GET('/api/v1/directories', { params: { query: { limit: 500 } } })),
  });
  const [values, setValues] = useState(
    () =>
      Object.fromEntries(Object.keys(MORE_FILTERS).map((name) => [name, params.get(name) ?? ''])) as Record<
        Name,
        string
      >,
  );
  const field = (name: Name) => ({
    label: t(MORE_FILTERS[name]),
    value: values[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setValues({ ...values, [name]: value }),
  });
  const apply = (event: FormEvent): void => {
    event.preventDefault();
    onApply(values);
  };
  return (
    <form onSubmit={apply}>
      <Stack gap="xs">
        <NativeSelect
          {...field('failure')}
          data={[{ value: '', label: t('filter.any') }, ...failureNames()]}
          data-autofocus
        />
        <TextInput {...field('os')} description={t('filter.os.hint')} maxLength={255} />
        <TextInput {...field('clientVersion')} maxLength={40} />
        <NativeSelect
          {...field('silentDays')}
          data={[
            { value: '', label: t('filter.any') },
            ...SILENT_DAYS.map((days) => ({
              value: days,
              label: t('filter.silentDays', { count: Number(days) }),
            })),
          ]}
        />
        <NativeSelect
          {...field('directory')}
          data={[
            { value: '', label: t('filter.any') },
            ...(directories.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        <TextInput {...field('ou')} maxLength={255} />
        <NativeSelect
          {...field('alert')}
          data={[
            { value: '', label: t('filter.any') },
            { value: 'any', label: t('filter.warned') },
            ...(['', 'any'].includes(values.alert) ? [] : [{ value: values.alert, label: values.alert }]),
          ]}
        />
        <Button type="submit">{t('filter.apply')}</Button>
      </Stack>
    </form>
  );
}

/** What the address narrows the list by, without what nothing can be narrowed by: an address may say anything. */
export function filterFrom(
  params: URLSearchParams,
  names: readonly string[],
): Readonly<Record<string, string>> {
  const said = names.map((name) => [name, params.get(name) ?? ''] as const);
  return Object.fromEntries(
    said.filter(([name, value]) => value !== '' && (name !== 'silentDays' || isDays(value))),
  );
}

/** One of them in words. */
export function useFilterWords(): (name: Name, value: string) => string {
  const t = useT();
  const directories = useQuery({
    queryKey: ['directories', 'all'],
    queryFn: () => take(api.GET('/api/v1/directories', { params: { query: { limit: 500 } } })),
    staleTime: Infinity,
  });
  return (name, value) => {
    if (name === 'silentDays') return t('filter.silentDays', { count: Number(value) });
    if (name === 'alert' && value === 'any') return t('filter.warned');
    if (name === 'failure') return `${t('failure')}: ${named('failed', value)}`;
    const directory = name === 'directory' && directories.data?.items.find(({ id }) => id === value);
    return `${t(MORE_FILTERS[name])}: ${directory ? directory.name : value}`;
  };
}

type Filter = Omit<Schema['ComputerFilterDto'], 'folder'>;

/** What the address narrows the list by, in the words of the API. */
export function asApiFilter({ silentDays, ...rest }: Readonly<Record<string, string>>): Filter {
  const isTime = silentDays !== undefined && isDays(silentDays);
  return {
    ...(rest as Filter),
    ...(isTime && { contactBefore: new Date(Date.now() - Number(silentDays) * DAY_MS).toISOString() }),
  };
}

interface CsvProps {
  narrowing: object;
  /** As the address has them. */
  columns: string | null;
}

/** Downloads what is shown, and says which of the chosen columns the file does not have. */
export function CsvButton({ narrowing, columns }: CsvProps): ReactNode {
  const t = useT();
  const { url, left } = csvFile(narrowing, columns, language());
  return (
    <>
      {left.length > 0 && (
        <Text size="xs">{t('csv.left', { columns: left.map((name) => t(name as TextKey)).join(', ') })}</Text>
      )}
      <Button component="a" href={url} variant="default" download>
        {t('downloadCsv')}
      </Button>
    </>
  );
}
