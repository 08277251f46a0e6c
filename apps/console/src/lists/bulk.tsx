import { Alert, Button, Group, List, Loader, Modal, Progress, Stack, Text } from '@mantine/core';
import { type InfiniteData, type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import type { Page } from '../api.js';
import { type Field, Fields, initialValues } from '../forms/dialogs.js';
import type { Chosen } from './table.js';
import { VirtualTable, type Column } from './table.js';
import { useFocusBack } from '../forms/focus-back.js';
import { refresh } from './list-cache.js';
import { Fault, Refusal } from '../show.js';
import { language, type TextKey, useT } from '../texts.js';

/** Things that one question may be about; the server takes no more in one call either. */
const MOST = 10_000;
const LOAD_SIZE = 500;
/** Things of one call, so that there is progress to show. */
const BATCH = 250;

/** What became of one thing. */
export interface Outcome {
  id: string;
  /** A broken rule; absent: it was done. */
  code?: string;
  message: string;
}

/** Something that can be done to many things at once. */
export interface BulkAction<Item> {
  name: TextKey;
  title: TextKey;
  explain: TextKey;
  danger?: boolean;
  /** What else is asked for. */
  fields?: readonly Field[];
  /** Why it will not be done to this one, as it stands now; null: it will. */
  refuses: (item: Item) => TextKey | null;
  /** Under which heading the preview counts it. */
  group: (item: Item) => string;
  run: (items: readonly Item[], values: Readonly<Record<string, string>>) => Promise<readonly Outcome[]>;
}

/** Dialogs that were opened: what one has counted is no other's, whatever they are about. */
let opened = 0;

interface Props<Item> {
  action: BulkAction<Item>;
  chosen: Chosen<Item>;
  /** A page of what the filter matches. */
  load: (page: { after?: string; limit: number }) => Promise<Page<Item>>;
  id: (item: Item) => string;
  /** How the outcome names a thing. */
  show: (item: Item) => ReactNode;
  /** Kinds of things that this changes; the lists of the first are where these were chosen. */
  changes: readonly [string, ...string[]];
  onClose: () => void;
  onDone: () => void;
}

/** Counts what will happen, asks, does it, and says what became of each. */
export function BulkDialog<Item>(props: Props<Item>): ReactNode {
  const { action, load, id, show, changes, onClose, onDone } = props;
  // what was chosen when it was asked: the list forgets it when it is done
  const [chosen] = useState(props.chosen);
  const [dialog] = useState(() => (opened += 1));
  const isToStop = useRef(false);
  const t = useT();
  const client = useQueryClient();
  useFocusBack();
  const [values, setValues] = useState(() => initialValues(action.fields ?? []));
  const [done, setDone] = useState<number | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [outcomes, setOutcomes] = useState<readonly (Outcome & { item: Item })[] | null>(null);
  const [left, setLeft] = useState(0);
  const items = useQuery({
    queryKey: ['bulk', action.name, dialog],
    queryFn: () => (chosen.all ? everything(load) : ticked(client, changes[0], chosen.items, id)),
    // what was counted is what it will be done to: a reconnect does not count anew
    staleTime: 'static',
    gcTime: 0,
  });
  const matched = items.data ?? [];
  const wanted = matched.filter((item) => action.refuses(item) === null);
  const start = async (): Promise<void> => {
    const byId = new Map(wanted.map((item) => [id(item), item]));
    const became: (Outcome & { item: Item })[] = [];
    let from = 0;
    setError(null);
    try {
      for (; from < wanted.length && !isToStop.current; from += BATCH) {
        setDone(from);
        for (const one of await action.run(wanted.slice(from, from + BATCH), values)) {
          const item = byId.get(one.id);
          if (item) became.push({ ...one, item });
        }
      }
      setLeft(Math.max(0, wanted.length - from));
      onDone();
    } catch (failure) {
      setError(failure);
    } finally {
      setDone(null);
      setOutcomes(became.toSorted((a, b) => Number(!a.code) - Number(!b.code)));
      for (const key of changes) void client.invalidateQueries({ queryKey: [key] });
    }
  };
  const isRunning = done !== null;
  // what runs is not left alone: it comes to its end, or is stopped between two calls, and says what became of each
  const stop = (): void => {
    isToStop.current = true;
  };
  const [single] = matched;
  const refused = outcomes?.filter(({ code }) => code !== undefined).length ?? 0;
  const columns: readonly Column<Outcome & { item: Item }>[] = [
    { title: 'name', width: 1.2, cell: ({ item }) => show(item) },
    {
      title: 'outcome',
      width: 4,
      cell: ({ code, message }) => <Refusal code={code} message={message} />,
    },
  ];
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={!isRunning}
      closeOnEscape={!isRunning}
      closeOnClickOutside={!isRunning}
      size="xl"
      title={t(action.title, { count: chosen.all ? matched.length : chosen.items.size })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Fault error={items.error ?? error} />
        {outcomes === null ? (
          <>
            <Text size="sm">{t(action.explain)}</Text>
            {single !== undefined && matched.length === 1 && <Text fw={600}>{show(single)}</Text>}
            {items.isPending ? (
              <Loader aria-label={t('bulk.counting')} />
            ) : (
              <Preview action={action} items={matched} />
            )}
            <Fields fields={action.fields ?? []} values={values} onChange={setValues} />
            {isRunning && (
              <Progress value={(100 * done) / Math.max(wanted.length, 1)} aria-label={t('progress')} />
            )}
          </>
        ) : (
          <>
            <Alert color={refused > 0 ? 'yellow' : 'teal'} role="status">
              {t('bulk.became', { done: outcomes.length - refused, refused })}
              {left > 0 && ` ${t('bulk.left', { count: left })}`}
            </Alert>
            <VirtualTable
              label={t('outcome')}
              items={outcomes}
              total={outcomes.length}
              columns={columns}
              id={(one) => one.id}
              height="50dvh"
            />
          </>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={isRunning ? stop : onClose}>
            {t(isRunning ? 'bulk.stop' : outcomes === null ? 'form.cancel' : 'close')}
          </Button>
          {outcomes === null && (
            <Button
              onClick={() => void start()}
              loading={isRunning}
              disabled={wanted.length === 0}
              {...(action.danger && { color: 'red.8' })}
            >
              {`${t(action.name)} (${wanted.length.toLocaleString(language())})`}
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** How many it will be done to, where, and why not to the others. */
function Preview<Item>({ action, items }: { action: BulkAction<Item>; items: readonly Item[] }): ReactNode {
  const t = useT();
  const will = countBy(items, (item) => (action.refuses(item) === null ? action.group(item) : null));
  const willNot = countBy(items, (item) => action.refuses(item));
  const lines = (counts: ReadonlyMap<string, number>, name: (key: string) => string): ReactNode => (
    <List size="sm">
      {[...counts].map(([key, count]) => (
        <List.Item key={key}>{`${name(key)}: ${count.toLocaleString(language())}`}</List.Item>
      ))}
    </List>
  );
  return (
    <Stack gap="xs" aria-label={t('bulk.preview')} role="group">
      {will.size > 0 && (
        <>
          <Text fw={600} size="sm">
            {t('bulk.will')}
          </Text>
          {lines(will, (key) => key)}
        </>
      )}
      {willNot.size > 0 && (
        <>
          <Text fw={600} size="sm">
            {t('bulk.willNot')}
          </Text>
          {lines(willNot, (key) => t(key as TextKey))}
        </>
      )}
      {items.length === MOST && <Alert color="yellow">{t('bulk.most', { count: MOST })}</Alert>}
    </Stack>
  );
}

function countBy<Item>(items: readonly Item[], keyOf: (item: Item) => string | null): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = keyOf(item);
    if (key !== null) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return new Map([...counts].toSorted(([, a], [, b]) => b - a));
}

/** What was ticked, as it stands now: rows may have changed since. What left the list stands as it did. */
async function ticked<Item>(
  client: QueryClient,
  kind: string,
  rows: ReadonlyMap<string, Item>,
  id: (item: Item) => string,
): Promise<Item[]> {
  await refresh(client, [kind]);
  const lists = client.getQueriesData<InfiniteData<Page<Item>>>({ queryKey: [kind, 'list'], type: 'active' });
  const current = new Map(rows);
  for (const item of lists.flatMap(([, list]) => list?.pages ?? []).flatMap((page) => page.items))
    if (rows.has(id(item))) current.set(id(item), item);
  return [...current.values()];
}

/** What the filter matches, as it stands now: what was counted is what it will be done to. */
export async function everything<Item>(
  load: (page: { after?: string; limit: number }) => Promise<Page<Item>>,
): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | null = null;
  do {
    const page: Page<Item> = await load({ limit: LOAD_SIZE, ...(after !== null && { after }) });
    items.push(...page.items);
    after = page.next;
  } while (after !== null && items.length < MOST);
  return items.slice(0, MOST);
}
