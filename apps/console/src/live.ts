import { type InfiniteData, type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { Page } from './api.js';

/** Counts and histories are asked for again this long after the last change. */
const SETTLE_MS = 400;
const TOPICS = {
  computer: 'computers',
  order: 'orders',
  dp: 'dps',
  import: 'imports',
  brake: 'brakes',
} as const;

interface Item {
  id: string;
  deleted?: boolean;
}

/** Keeps what is on screen up to date from the server's event stream. @returns whether the stream is connected */
export function useLive(): boolean {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  useEffect(() => {
    const stream = new EventSource('/api/v1/events');
    const stale = new Set<string>();
    let timer: number | undefined;
    const settle = (...keys: string[]): void => {
      keys.forEach((key) => stale.add(key));
      timer ??= window.setTimeout(() => {
        timer = undefined;
        for (const key of stale) void client.invalidateQueries({ queryKey: [key] });
        stale.clear();
      }, SETTLE_MS);
    };
    for (const [topic, key] of Object.entries(TOPICS)) {
      stream.addEventListener(topic, ({ data }: MessageEvent<string>) => {
        const item = JSON.parse(data) as Item;
        if (!patch(client, key, item)) settle(key);
        settle('overview', 'timeline', ...(key === 'orders' ? ['dps'] : []));
      });
    }
    stream.addEventListener('reload', () => void client.invalidateQueries());
    stream.addEventListener('error', () => setConnected(false));
    stream.addEventListener('open', () => {
      setConnected((was) => {
        if (!was) void client.invalidateQueries();
        return true;
      });
    });
    return () => {
      stream.close();
      window.clearTimeout(timer);
    };
  }, [client]);
  return connected;
}

/** Puts a changed item where it is shown. @returns whether that is all there is to do: every list has it already */
function patch(client: QueryClient, key: string, item: Item): boolean {
  if (item.deleted) return false;
  client.setQueryData([key, 'one', item.id], (old: object | undefined) => old && { ...old, ...item });
  let everywhere = true;
  client.setQueriesData<InfiniteData<Page<Item>>>({ queryKey: [key, 'list'] }, (list) => {
    if (list?.pages.some(({ items }) => items.some(({ id }) => id === item.id)) !== true) {
      everywhere = false;
      return list;
    }
    return {
      ...list,
      pages: list.pages.map((page) => ({
        ...page,
        items: page.items.map((one) => (one.id === item.id ? { ...one, ...item } : one)),
      })),
    };
  });
  return everywhere;
}
