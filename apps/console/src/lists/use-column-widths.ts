import { useEffect, useLayoutEffect, useRef, type RefObject } from 'react';
import { fitColumns, type ColumnNeed } from './column-widths.js';
import { soonAfter } from '../soon.js';
import { language, type TextKey, useT } from '../texts.js';

/** What a column asks of the space that there is. */
export interface ColumnSpace {
  title: TextKey;
  /** Share of the space that the cells of all columns leave; 1 unless told. */
  width?: number;
  /** Pixels that it needs whatever is in it, for what has no width of its own. */
  least?: number;
  /** Its texts give way before anything else where there is too little space. */
  isLong?: boolean;
  /** Numbers stand at the right, one under the other. */
  isNumber?: boolean;
}

/** Between columns, before the first and behind the last, as the style sheet has it; in pixels. */
const GAP = 12;
const CHECK = 44;
/** Milliseconds from a change until cells are looked at again: names come later than rows, and rows by scrolling. */
const DELAY_MS = 150;

/**
 * Keeps the columns of a list as wide as what is in them, in the custom property `--columns` of the list. While it is scrolled
 * they only ever grow, and only when something is cut.
 *
 * @param hasRows before the first ones are there, the headings alone count
 */
export function useColumnWidths(
  list: RefObject<HTMLElement | null>,
  columns: readonly ColumnSpace[],
  hasChecks: boolean,
  hasRows: boolean,
): void {
  useT(); // headings and cells are others in another language
  const naturals = useRef<number[]>([]);
  const said = language();
  useLayoutEffect(() => {
    naturals.current = [];
  }, [columns, hasChecks, said]);
  useLayoutEffect(() => {
    const element = list.current;
    if (element) fit(element, columns, hasChecks, naturals.current);
  }, [list, columns, hasChecks, hasRows, said]);
  useEffect(() => {
    const element = list.current;
    if (!element) return;
    const { ask, cancel } = soonAfter(() => fit(element, columns, hasChecks, naturals.current), DELAY_MS);
    const changes = new MutationObserver(ask);
    changes.observe(element, { childList: true, characterData: true, subtree: true });
    const sizes = new ResizeObserver(() => place(element, columns, hasChecks, naturals.current));
    sizes.observe(element);
    return () => {
      cancel();
      changes.disconnect();
      sizes.disconnect();
    };
  }, [list, columns, hasChecks]);
}

/** Looks how wide the cells on screen would be, and makes room for those that are cut. */
function fit(
  list: HTMLElement,
  columns: readonly ColumnSpace[],
  hasChecks: boolean,
  naturals: number[],
): void {
  const { scrollLeft } = list;
  list.style.setProperty(
    '--columns',
    `${hasChecks ? `${CHECK}px ` : ''}repeat(${columns.length}, max-content)`,
  );
  for (const row of list.querySelectorAll('[role=row]')) {
    const cells = [...row.children].slice(hasChecks ? 1 : 0);
    for (const [index, cell] of cells.entries())
      naturals[index] = Math.max(naturals[index] ?? 0, Math.ceil(cell.getBoundingClientRect().width));
  }
  place(list, columns, hasChecks, naturals);
  // where columns were narrower for a moment, there was less to scroll
  if (scrollLeft > 0) list.scrollLeft = scrollLeft;
}

function place(
  list: HTMLElement,
  columns: readonly ColumnSpace[],
  hasChecks: boolean,
  naturals: readonly number[],
): void {
  const checks = hasChecks ? CHECK + GAP : 0;
  const available = list.clientWidth - checks - (columns.length + 1) * GAP;
  const needs = columns.map<ColumnNeed>(({ title, width = 1, least = 0, isNumber, isLong }, index) => ({
    natural: Math.max(naturals[index] ?? 0, least),
    grow: isNumber || title === 'actions' ? 0 : width,
    kind: index === 0 || title === 'state' ? 'firm' : isLong ? 'long' : 'other',
  }));
  const widths = fitColumns(needs, available).map((width) => `${Math.floor(width)}px`);
  list.style.setProperty('--columns', [...(hasChecks ? [`${CHECK}px`] : []), ...widths].join(' '));
}
