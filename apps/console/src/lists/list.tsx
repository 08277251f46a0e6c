import { Box, Button, Group, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, type ReactNode } from 'react';
import type { Page } from '../api.js';
import { useColumns } from './columns.js';
import { isLong, LIST_PAGE_SIZE } from './list-cache.js';
import { Fault } from '../show.js';
import { VirtualTable, type Chosen, type Column, type Sorting } from './table.js';
import { useT } from '../texts.js';
import { useUrlChoices } from './url-choices.js';

export type { Column } from './table.js';

interface Props<Item> {
  label: string;
  queryKey: readonly unknown[];
  load: (page: { after?: string; limit: number; sort?: string }) => Promise<Page<Item>>;
  columns: readonly Column<Item>[];
  id: (item: Item) => string;
  empty: ReactNode;
  /** As it is sorted unless the address says otherwise, in the words of the API; columns that name a field change it. */
  sort?: string;
  /** Before the address's names for sorting and columns, where a page has more lists than one. */
  prefix?: string;
  selection?: {
    chosen: Chosen<Item>;
    onChange: (chosen: Chosen<Item>) => void;
    /** What can be done with what is chosen. */
    bar: (total: number) => ReactNode;
  };
  height?: string;
}

/** A list of any length: pages come from the server as they are reached, and only the rows on screen exist. */
export function ServerList<Item>(props: Props<Item>): ReactNode {
  const {
    label,
    queryKey,
    load,
    columns,
    id,
    empty,
    selection,
    height,
    sort: firstSort,
    prefix = '',
  } = props;
  const t = useT();
  const { shown, menu } = useColumns(`${prefix}${String(queryKey[0])}`, columns, `${prefix}columns`);
  const [params, choose] = useUrlChoices();
  const wished = params.get(`${prefix}sort`);
  const canSort = columns.some(
    (column) => column.sort !== undefined && column.sort === wished?.replace('-', ''),
  );
  const sort = wished !== null && canSort ? wished : firstSort;
  const query = useInfiniteQuery({
    queryKey: [...queryKey, sort],
    queryFn: ({ pageParam }) =>
      load({
        limit: LIST_PAGE_SIZE,
        ...(pageParam !== null && { after: pageParam }),
        ...(sort !== undefined && { sort }),
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<Item>) => last.next,
    // a long list is not fetched again as a whole; the reader is told that it is old
    staleTime: ({ state }) => (isLong(state.data) ? Infinity : 10_000),
    gcTime: 0,
    // under another filter or order the rows stay until the others are there, and with them what is clicked just then
    placeholderData: (before, last) => (isSameList(last?.queryKey, queryKey) ? before : undefined),
  });
  const items = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data]);
  const total = query.data?.pages.at(-1)?.total ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;

  const isWaiting = query.isPlaceholderData;

  // nothing to keep: whether there is something under this filter is not known yet
  if (query.isPending || (isWaiting && items.length === 0)) {
    return (
      <Stack gap="xs" aria-busy="true">
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={32} />
        ))}
      </Stack>
    );
  }
  if (!query.data) return <Fault error={query.error} />;
  if (items.length === 0) {
    return (
      <Box py="xl" ta="center">
        {empty}
      </Box>
    );
  }
  const sorting: Sorting | undefined =
    sort === undefined
      ? undefined
      : { by: sort, onChange: (by) => choose({ [`${prefix}sort`]: by === firstSort ? '' : by }) };
  const { chosen } = selection ?? {};
  return (
    <>
      {/* what could not be loaded anew stands as it was */}
      <Fault error={query.error} />
      {selection && chosen && (chosen.all || chosen.items.size > 0) && (
        <Group mb="sm" gap="xs" role="group" aria-label={t('selection')}>
          <Text size="sm" aria-live="polite">
            {t('chosen', { count: chosen.all ? total : chosen.items.size })}
          </Text>
          {!chosen.all && chosen.items.size >= items.length && total > items.length && (
            <Button
              size="xs"
              variant="light"
              onClick={() => selection.onChange({ items: chosen.items, all: true })}
            >
              {t('selectEverything', { count: total })}
            </Button>
          )}
          <Button
            size="xs"
            variant="subtle"
            onClick={() => selection.onChange({ items: new Map(), all: false })}
          >
            {t('selectNothing')}
          </Button>
          {selection.bar(total)}
        </Group>
      )}
      <VirtualTable
        label={label}
        waiting={isWaiting}
        items={items}
        total={total}
        columns={shown}
        id={id}
        sorting={sorting}
        selection={selection}
        height={height}
        onNearEnd={() => {
          if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
        }}
      />
      <Group mt="xs" gap="sm">
        <Text size="sm" c="var(--mantine-color-text)" aria-live="polite">
          {t('total', { count: total })}
        </Text>
        {isLong(query.data) && query.isStale && (
          <Button size="compact-xs" variant="light" onClick={() => void query.refetch()}>
            {t('reload')}
          </Button>
        )}
        <Box ml="auto">{menu}</Box>
      </Group>
    </>
  );
}

/** Whether both keys are of one list, under whatever filter: it is named by their first two parts. */
function isSameList(last: readonly unknown[] | undefined, now: readonly unknown[]): boolean {
  return last !== undefined && last[0] === now[0] && last[1] === now[1];
}
