import { Button, NativeSelect, Popover, Stack, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { language, type TextKey, useT } from '../texts.js';

/** What narrows the list beside its own controls: names of the address, as they are called. */
export const MORE_FILTERS = {
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
        <TextInput {...field('os')} description={t('filter.os.hint')} maxLength={255} data-autofocus />
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
    const directory = name === 'directory' && directories.data?.items.find(({ id }) => id === value);
    return `${t(MORE_FILTERS[name])}: ${directory ? directory.name : value}`;
  };
}

type Filter = Omit<Schema['ComputerFilterDto'], 'folder'>;

/** What the address narrows the list by, in the words of the API. */
export function asApiFilter({ silentDays, ...rest }: Readonly<Record<string, string>>, now: number): Filter {
  const days = Number(silentDays);
  const isTime = silentDays !== undefined && Number.isFinite(days) && days > 0 && days < 10_000;
  return {
    ...(rest as Filter),
    ...(isTime && { contactBefore: new Date(now - days * DAY_MS).toISOString() }),
  };
}

/** What the file calls the columns of the list, for those that it has. */
const CSV_COLUMNS: Readonly<Record<string, string>> = {
  state: 'state',
  dp: 'dp',
  address: 'address',
  tenant: 'tenant',
  os: 'os',
  client: 'client',
  lastContact: 'lastContact',
  description: 'description',
};

/** The file of what is shown: with all there is to take back by an import, or with the columns that somebody chose. */
export function csvUrl(narrowing: object, columns: string | null): string {
  const chosen = columns?.split(',').flatMap((name) => CSV_COLUMNS[name] ?? []) ?? [];
  const query = new URLSearchParams({
    ...Object.fromEntries(Object.entries(narrowing).map(([name, value]) => [name, String(value)])),
    // what an import finds them by again
    ...(chosen.length > 0 && { columns: ['name', 'fqdn', ...chosen].join() }),
    lang: language(),
  });
  return `/api/v1/computers/export.csv?${query.toString()}`;
}
