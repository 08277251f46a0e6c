import { Box, Button } from '@mantine/core';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { Fragment, type ReactNode } from 'react';
import { api, take, type Schema } from './api.js';
import { SmallCode } from './codes.js';
import { known, language, named, useT } from './texts.js';

async function dpName(dp: string): Promise<string> {
  return (await take(api.GET('/api/v1/distribution-points/{dp}', { params: { path: { dp } } }))).name;
}

/**
 * How things are called that an address names by their id, by the name of the filter; one that nobody may see, or that is
 * gone, has no name.
 */
const NAME_OF: Readonly<Record<string, (id: string) => Promise<string>>> = {
  dp: dpName,
  fixedDp: dpName,
  computer: async (id) =>
    (await take(api.GET('/api/v1/computers/{id}', { params: { path: { id } } }))).hostName,
  tenant: async (tenant) =>
    (await take(api.GET('/api/v1/tenants/{tenant}', { params: { path: { tenant } } }))).name,
  import: async (id) => {
    const { file, source } = await take(api.GET('/api/v1/imports/{id}', { params: { path: { id } } }));
    return file?.name ?? source;
  },
  failure: (code) => Promise.resolve(named('failed', code)),
  kind: (kind) => Promise.resolve(known(`kind.${kind}`) ?? kind),
  brake: async (id) => (await take(api.GET('/api/v1/brakes/{id}', { params: { path: { id } } }))).reason,
};

/** What those are called that a list has shown, for what is no component. */
const SEEN = new Map<string, string>();

/** The DPs of menus and of columns: one request for all of them. */
export function useDps(): UseQueryResult<Schema['DistributionPointPage']> {
  return useQuery({
    queryKey: ['dps', 'all'],
    queryFn: async () => {
      const page = await take(api.GET('/api/v1/distribution-points', { params: { query: { limit: 500 } } }));
      for (const { id, name } of page.items) SEEN.set(id, name);
      return page;
    },
  });
}

/** The name of a DP; its id until that is known. */
function useDpName(id: string): string {
  const all = useDps().data;
  const found = all?.items.find((one) => one.id === id)?.name;
  // where there are more than come at once
  const one = useQuery({
    queryKey: ['dps', 'name', id],
    queryFn: () => dpName(id),
    enabled: all !== undefined && found === undefined && all.total > all.items.length,
  });
  return found ?? one.data ?? id;
}

/** Its name as far as it has been shown, else its id; with the id where another one is called so too. */
export function dpNameSeen(id: string): string {
  const name = SEEN.get(id) ?? id;
  const isShared = [...SEEN].some(([other, called]) => called === name && other !== id);
  return isShared ? `${name} (${id})` : name;
}

/** The same for the middle of a text, where the name alone would not say that it is one. */
export const dpWords = (name: string): string => (/\bDP\b/.test(name) ? name : `DP ${name}`);

/** A DP as such by its name; hovering says its id. */
export function NamedDp({ id }: { id: string }): ReactNode {
  return <span title={id}>{dpWords(useDpName(id))}</span>;
}

/** A DP by its name; hovering says its id. */
export function DpName({ id }: { id: string }): ReactNode {
  return <span title={id}>{useDpName(id)}</span>;
}

/** The same for what may have none. */
export function MaybeDp({ id }: { id: string | null }): ReactNode {
  return id === null ? '–' : <DpName id={id} />;
}

/** The tenants of menus and of columns: one request for all of them. */
export function useTenants(): UseQueryResult<Schema['TenantPage']> {
  return useQuery({
    queryKey: ['tenants', 'all'],
    queryFn: () => take(api.GET('/api/v1/tenants', { params: { query: { limit: 500 } } })),
  });
}

/** A tenant by its name; hovering says its id. Null: all of them. */
export function TenantName({ id }: { id: string | null }): ReactNode {
  const t = useT();
  const { data } = useTenants();
  if (id === null) return t('allTenants');
  return <span title={id}>{data?.items.find((one) => one.id === id)?.name ?? id}</span>;
}

/** Several of them, or all. */
export function TenantNames({ of }: { of: 'all' | readonly string[] }): ReactNode {
  const t = useT();
  if (of === 'all') return t('allTenants');
  return of.map((id, at) => (
    <Fragment key={id}>
      {at > 0 && ', '}
      <TenantName id={id} />
    </Fragment>
  ));
}

/** An account by its label; its id, small, where nobody may see it any more. */
export function AccountName({ id }: { id: string }): ReactNode {
  const { data } = useQuery({
    queryKey: ['accounts', 'all'],
    queryFn: () => take(api.GET('/api/v1/accounts', { params: { query: { limit: 500 } } })),
    retry: false,
  });
  return data?.items.find((one) => one.id === id)?.label ?? <SmallCode of={id} />;
}

interface ChipProps {
  /** The filter's name in the address, and in words. */
  name: string;
  label: string;
  value: string;
  /** How it is called, where the filter's name alone does not say whom to ask. */
  find?: (value: string) => Promise<string | undefined>;
  onClear: () => void;
}

/** What a list is narrowed by, by its name with the id beside it; clicking takes it back. */
export function FilterChip({
  name: filter,
  label,
  value,
  find = NAME_OF[filter],
  onClear,
}: ChipProps): ReactNode {
  const { data: name } = useQuery({
    queryKey: ['names', filter, value, language()],
    queryFn: async () => (await find?.(value)) ?? value,
    enabled: find !== undefined,
  });
  return (
    <Button size="xs" variant="light" maw="100%" title={value} onClick={onClear}>
      {`${label}: ${name ?? value}`}
      {name !== undefined && name !== value && (
        <Box component="span" ml={6}>
          <SmallCode of={value} inherit />
        </Box>
      )}
      {' ✕'}
    </Button>
  );
}
