import { Box, Checkbox, UnstyledButton } from '@mantine/core';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useCallback, useEffect, useRef, type MouseEvent, type ReactNode } from 'react';
import classes from './list.module.css';
import { useT } from '../texts.js';
import { type ColumnSpace, useColumnWidths } from './use-column-widths.js';

export interface Column<Item> extends ColumnSpace {
  /** Not shown unless somebody chooses it. */
  hidden?: boolean;
  /** The API's name for sorting by it. */
  sort?: string;
  cell: (item: Item) => ReactNode;
}

/** What is ticked. */
export interface Chosen<Item> {
  items: ReadonlyMap<string, Item>;
  /** Also what the filter matches and is not loaded. */
  all: boolean;
}

export interface Sorting {
  by: string;
  onChange: (by: string) => void;
}

interface Selection<Item> {
  chosen: Chosen<Item>;
  onChange: (chosen: Chosen<Item>) => void;
}

interface Props<Item> {
  label: string;
  /** The rows are those of another filter or order, until the ones asked for are there: none of them can be ticked. */
  waiting?: boolean;
  items: readonly Item[];
  /** Items there are, loaded or not. */
  total: number;
  columns: readonly Column<Item>[];
  id: (item: Item) => string;
  sorting?: Sorting;
  selection?: Selection<Item>;
  height?: string;
  onNearEnd?: () => void;
}

const ROW_HEIGHT = 32;
/** Rows before the end at which more are asked for. */
const NEAR_END = 100;

/** A table of which only the rows on screen exist. */
export function VirtualTable<Item>(props: Props<Item>): ReactNode {
  const { label, waiting = false, items, total, columns, id, sorting, selection, onNearEnd } = props;
  const { height = 'calc(100dvh - 300px)' } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const shown = rows.getVirtualItems();
  const nearEnd = (shown.at(-1)?.index ?? 0) > items.length - NEAR_END;
  const asked = useRef(onNearEnd);
  useEffect(() => {
    asked.current = onNearEnd;
  });
  useEffect(() => {
    if (nearEnd) asked.current?.();
  }, [nearEnd, items.length]);
  const latest = useRef({ selection, items, id });
  useEffect(() => {
    latest.current = { selection, items, id };
  });
  const toggle = useCallback((item: Item) => {
    const now = latest.current;
    now.selection?.onChange(toggled(now.selection.chosen, now.items, now.id, item));
  }, []);
  const sameColumns = useSame(columns);
  useColumnWidths(scroller, sameColumns, selection !== undefined, shown.length > 0);
  return (
    <Box
      ref={scroller}
      className={classes.scroller}
      style={{ maxHeight: height }}
      role="table"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-busy={waiting}
      tabIndex={0}
    >
      <Box role="rowgroup" className={classes.head}>
        <Box role="row" className={classes.row}>
          {selection && <ChooseAll items={items} id={id} disabled={waiting} {...selection} />}
          {columns.map((column) => (
            <Head key={column.title} of={column} sorting={sorting} />
          ))}
        </Box>
      </Box>
      <Box role="rowgroup" style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, start }) => {
          const item = items[index];
          if (item === undefined) return null;
          const key = id(item);
          return (
            <Row
              key={key}
              name={key}
              item={item}
              index={index}
              start={start}
              columns={sameColumns}
              disabled={waiting}
              checked={selection && (selection.chosen.all || selection.chosen.items.has(key))}
              onToggle={toggle}
            />
          );
        })}
      </Box>
    </Box>
  );
}

/** The list that it was before, where it holds the same things one by one: the shown columns are put together each time. */
function useSame<Item>(list: readonly Item[]): readonly Item[] {
  const kept = useRef(list);
  const before = kept.current;
  const same =
    before.length === list.length && list.every((one, index) => one === before[index]) ? before : list;
  useEffect(() => {
    kept.current = same;
  });
  return same;
}

interface RowProps<Item> {
  name: string;
  item: Item;
  index: number;
  start: number;
  columns: readonly Column<Item>[];
  /** Undefined: rows cannot be chosen. */
  checked: boolean | undefined;
  disabled: boolean;
  onToggle: (item: Item) => void;
}

/**
 * Drawn again only when it changed: neither scrolling nor a change of other rows costs anything here, as long as the page has
 * the same columns. One that makes a column anew each time it is drawn, as for what can be done with a row, draws all rows
 * that are on screen anew with itself.
 */
const Row = memo(function Row<Item>(props: RowProps<Item>): ReactNode {
  const { name, item, index, start, columns, checked, disabled, onToggle } = props;
  const t = useT();
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={classes.row}
      style={{
        position: 'absolute',
        insetInline: 0,
        height: ROW_HEIGHT,
        transform: `translateY(${start}px)`,
      }}
    >
      {checked !== undefined && (
        <div role="cell">
          <input
            type="checkbox"
            className={classes.check}
            id={`choose-${name}`}
            aria-label={t('select')}
            aria-labelledby={`choose-${name} first-${name}`}
            checked={checked}
            disabled={disabled}
            onChange={() => onToggle(item)}
          />
        </div>
      )}
      {columns.map(({ title, isNumber, cell }, at) => (
        <div
          key={title}
          id={at === 0 ? `first-${name}` : undefined}
          role="cell"
          className={isNumber ? classes.number : classes.cell}
          onMouseEnter={tellWhole}
        >
          {cell(item)}
        </div>
      ))}
    </div>
  );
}) as <Item>(props: RowProps<Item>) => ReactNode;

/** What does not fit is told on hover. */
function tellWhole({ currentTarget: cell }: MouseEvent<HTMLElement>): void {
  if (cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent;
  else cell.removeAttribute('title');
}

interface HeadProps {
  of: Pick<Column<never>, 'title' | 'sort' | 'isNumber'>;
  sorting?: Sorting;
}

function Head({ of: { title, sort, isNumber }, sorting }: HeadProps): ReactNode {
  const t = useT();
  const place = isNumber ? classes.number : classes.cell;
  if (sort === undefined || sorting === undefined)
    return (
      <Box role="columnheader" className={place} title={t(title)}>
        {t(title)}
      </Box>
    );
  const descending = sorting.by === `-${sort}`;
  const sorted = descending || sorting.by === sort;
  return (
    <Box
      role="columnheader"
      aria-sort={sorted ? (descending ? 'descending' : 'ascending') : 'none'}
      className={place}
      title={t(title)}
    >
      <UnstyledButton
        fz="sm"
        fw={600}
        mih={24}
        className={classes.sort}
        onClick={() => sorting.onChange(sorting.by === sort ? `-${sort}` : sort)}
      >
        {t(title)} <span aria-hidden>{sorted ? (descending ? '↓' : '↑') : ''}</span>
      </UnstyledButton>
    </Box>
  );
}

interface ChooseAllProps<Item> extends Selection<Item> {
  items: readonly Item[];
  id: (item: Item) => string;
  disabled: boolean;
}

function ChooseAll<Item>({ items, id, disabled, chosen, onChange }: ChooseAllProps<Item>): ReactNode {
  const t = useT();
  const all =
    chosen.all || (chosen.items.size >= items.length && items.every((one) => chosen.items.has(id(one))));
  return (
    <Box role="columnheader">
      <Checkbox
        aria-label={t('selectAll')}
        checked={all}
        disabled={disabled}
        indeterminate={!all && chosen.items.size > 0}
        onChange={() =>
          onChange({ items: new Map(all ? [] : items.map((one) => [id(one), one])), all: false })
        }
      />
    </Box>
  );
}

/** Unticking one of everything leaves the loaded others. */
function toggled<Item>(
  { items: chosen, all }: Chosen<Item>,
  items: readonly Item[],
  id: (item: Item) => string,
  item: Item,
): Chosen<Item> {
  const next = new Map(all ? items.map((one) => [id(one), one] as const) : chosen);
  if (!next.delete(id(item))) next.set(id(item), item);
  return { items: next, all: false };
}
