import { useCallback, useState } from 'react';
import type { Chosen } from './table.js';

/**
 * What is ticked in the list of this filter; under another filter, however it was reached (a link, the browser's way
 * back), nothing is: what was ticked there may not be on screen here.
 */
export function useSelection<Item>(filter: unknown): [Chosen<Item>, (chosen: Chosen<Item>) => void] {
  const key = JSON.stringify(filter);
  const [held, setHeld] = useState({ key, chosen: nothing<Item>() });
  if (held.key !== key) setHeld({ key, chosen: nothing<Item>() });
  const choose = useCallback((chosen: Chosen<Item>) => setHeld({ key, chosen }), [key]);
  return [held.key === key ? held.chosen : nothing<Item>(), choose];
}

/** No row. */
export function nothing<Item>(): Chosen<Item> {
  return { items: new Map(), all: false };
}
