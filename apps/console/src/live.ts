import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { patchLists, refresh, type Item } from './lists/list-cache.js';
import { language, useT } from './texts.js';

/** Changes that arrive within this time are put on screen together. */
const GATHER_MS = 200;
/** Counts and histories are asked for again this long after the last answer. */
const SETTLE_MS = 400;
/** A row that was changed where it stood may belong elsewhere, or in no such list: looked at again after this time. */
const REORDER_MS = 3000;
const TOPICS = {
  computer: 'computers',
  order: 'orders',
  dp: 'dps',
  import: 'imports',
  brake: 'brakes',
  rollout: 'rollouts',
} as const;
/** What is told of along with others. */
const ALSO: Readonly<Record<string, readonly string[]>> = { orders: ['dps'], imports: ['directories'] };

/** Keeps what is on screen up to date from the server's event stream. @returns whether the stream is connected */
export function useLive(): boolean {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  useT(); // draws again in another language, and asks for the stream in it
  const lang = language();
  useEffect(() => {
    const stream = new EventSource(`/api/v1/events?lang=${lang}`);
    const changed = new Map<string, Map<string, Item>>();
    const stale = new Set<string>();
    let gathering: number | undefined;
    let settling: number | undefined;
    const reordering = new Map<string, number>();
    // one at a time: a server that is slow to answer is not asked again before it has
    const settle = (): void => {
      settling ??= window.setTimeout(() => {
        const keys = [...stale];
        stale.clear();
        void refresh(client, keys).finally(() => {
          settling = undefined;
          if (stale.size > 0) settle();
        });
      }, SETTLE_MS);
    };
    const reorder = (key: string): void => {
      if (reordering.has(key)) return;
      const timer = window.setTimeout(() => {
        reordering.delete(key);
        stale.add(key);
        settle();
      }, REORDER_MS);
      reordering.set(key, timer);
    };
    const show = (): void => {
      gathering = undefined;
      for (const [key, items] of changed) {
        if (patchLists(client, key, items)) reorder(key);
        else stale.add(key);
        for (const also of ['overview', 'timeline', ...(ALSO[key] ?? [])]) stale.add(also);
      }
      changed.clear();
      settle();
    };
    for (const [topic, key] of Object.entries(TOPICS)) {
      stream.addEventListener(topic, ({ data }: MessageEvent<string>) => {
        const item = JSON.parse(data) as Item;
        const items = changed.get(key) ?? new Map<string, Item>();
        changed.set(key, items.set(item.id, item));
        gathering ??= window.setTimeout(show, GATHER_MS);
      });
    }
    stream.addEventListener('reload', () => void refresh(client, 'all'));
    stream.addEventListener('error', () => setConnected(false));
    stream.addEventListener('open', () => {
      setConnected((was) => {
        if (!was) void refresh(client, 'all');
        return true;
      });
    });
    return () => {
      stream.close();
      window.clearTimeout(gathering);
      window.clearTimeout(settling);
      for (const timer of reordering.values()) window.clearTimeout(timer);
    };
  }, [client, lang]);
  return connected;
}
