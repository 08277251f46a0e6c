import { Box, Checkbox, Skeleton, Stack, Text } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef, type ReactNode } from 'react';
import type { Page } from './api.js';
import classes from './list.module.css';
import { Fault } from './show.js';
import { type TextKey, useT } from './texts.js';

export interface Column<Item> {
  title: TextKey;
  /** Share of the width; 1 unless told. */
  width?: number;
  cell: (item: Item) => ReactNode;
}

interface Selection {
  chosen: ReadonlySet<string>;
  onChange: (chosen: Set<string>) => void;
}

interface Props<Item> {
  label: string;
  queryKey: readonly unknown[];
  load: (page: { after?: string; limit: number }) => Promise<Page<Item>>;
  columns: readonly Column<Item>[];
  id: (item: Item) => string;
  empty: ReactNode;
  selection?: Selection;
  height?: string;
}

const ROW_HEIGHT = 44;
const PAGE_SIZE = 200;

/** A table of any length: only the rows on screen exist, and pages come from the server as they are reached. */
export function ServerList<Item>(props: Props<Item>): ReactNode {
  const { label, queryKey, load, columns, id, empty, selection, height = 'calc(100dvh - 290px)' } = props;
  const t = useT();
  const scroller = useRef<HTMLDivElement>(null);
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => load({ limit: PAGE_SIZE, ...(pageParam !== null && { after: pageParam }) }),
    initialPageParam: null as string | null,
    getNextPageParam: (last: Page<Item>) => last.next,
  });
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? 0;
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const lastShown = shown.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (lastShown > items.length - 50 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [lastShown, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  if (query.isPending) {
    return (
      <Stack gap="xs" aria-busy="true">
        {Array.from({ length: 6 }, (_, index) => (
          <Skeleton key={index} height={32} />
        ))}
      </Stack>
    );
  }
  if (query.isError) return <Fault error={query.error} />;
  if (items.length === 0) {
    return (
      <Box py="xl" ta="center">
        {empty}
      </Box>
    );
  }
  const template = [
    ...(selection ? ['44px'] : []),
    ...columns.map(({ width = 1 }) => `minmax(${Math.round(width * 110)}px, ${width}fr)`),
  ].join(' ');
  const toggle = (key: string): void => {
    const chosen = new Set(selection?.chosen);
    if (!chosen.delete(key)) chosen.add(key);
    selection?.onChange(chosen);
  };
  const allChosen = items.every((item) => selection?.chosen.has(id(item)));
  return (
    <>
      <Box
        ref={scroller}
        className={classes.scroller}
        style={{ maxHeight: height }}
        role="table"
        aria-label={label}
        aria-rowcount={total + 1}
        tabIndex={0}
      >
        <Box role="rowgroup" className={classes.head}>
          <Box role="row" className={classes.row} style={{ gridTemplateColumns: template }}>
            {selection && (
              <Box role="columnheader">
                <Checkbox
                  aria-label={t('selectAll')}
                  checked={allChosen}
                  indeterminate={!allChosen && selection.chosen.size > 0}
                  onChange={() => selection.onChange(new Set(allChosen ? [] : items.map(id)))}
                />
              </Box>
            )}
            {columns.map(({ title }) => (
              <Box key={title} role="columnheader">
                {t(title)}
              </Box>
            ))}
          </Box>
        </Box>
        <Box role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {shown.map(({ index, start }) => {
            const item = items[index];
            if (item === undefined) return null;
            const key = id(item);
            return (
              <Box
                key={key}
                role="row"
                aria-rowindex={index + 2}
                className={classes.row}
                style={{
                  gridTemplateColumns: template,
                  position: 'absolute',
                  insetInline: 0,
                  height: ROW_HEIGHT,
                  transform: `translateY(${start}px)`,
                }}
              >
                {selection && (
                  <Box role="cell">
                    <Checkbox
                      aria-label={`${t('select')} ${key}`}
                      checked={selection.chosen.has(key)}
                      onChange={() => toggle(key)}
                    />
                  </Box>
                )}
                {columns.map(({ title, cell }) => (
                  <Box key={title} role="cell" className={classes.cell}>
                    {cell(item)}
                  </Box>
                ))}
              </Box>
            );
          })}
        </Box>
      </Box>
      <Text size="sm" c="var(--mantine-color-text)" mt="xs" aria-live="polite">
        {t('total', { count: total })}
      </Text>
    </>
  );
}
