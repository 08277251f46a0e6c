import { ActionIcon, Button, Checkbox, Group, Popover, Stack } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconColumns } from '@tabler/icons-react';
import { useEffect, useState, type ReactNode } from 'react';
import { useSession } from '../session/session.js';
import type { Column } from './table.js';
import { type TextKey, useT } from '../texts.js';
import { useUrlChoices } from './url-choices.js';

interface ChosenColumns<Item> {
  shown: readonly Column<Item>[];
  /** Where they are chosen; null: there is nothing to choose. */
  menu: ReactNode;
}

/**
 * The columns of a list that are shown, in their order: as the address says, else as this person left the list in this
 * browser, else as the list has them. The first one always is the first, and what can be done with a row the last.
 *
 * @param list by which the choice is kept
 * @param parameter of the address
 */
export function useColumns<Item>(
  list: string,
  columns: readonly Column<Item>[],
  parameter: string,
): ChosenColumns<Item> {
  const key = useKey(list);
  const [params, change] = useUrlChoices();
  const [first, ...others] = columns;
  const actions = others.filter(({ title }) => title === 'actions');
  const free = others.filter(({ title }) => title !== 'actions');
  const kept = localStorage.getItem(key) ?? '';
  const said = params.get(parameter);
  // what was just chosen counts at once: the address follows
  const [ahead, setAhead] = useState<{ of: string | null; names: string } | null>(null);
  const wanted = ahead !== null && ahead.of === said ? ahead.names : (said ?? kept);
  const named = wanted.split(',').flatMap((name) => free.find(({ title }) => title === name) ?? []);
  const chosen = named.length > 0 ? named : free.filter(({ hidden }) => hidden !== true);
  useEffect(() => setAhead(null), [said]);
  const choose = (next: readonly Column<Item>[]): void => {
    const isDefault = next.length === 0;
    const names = next.map(({ title }) => title).join();
    setAhead({ of: said, names });
    if (isDefault) localStorage.removeItem(key);
    else localStorage.setItem(key, names);
    change({ [parameter]: names });
  };
  const shown = first === undefined ? [] : [first, ...chosen, ...actions];
  if (free.length < 2) return { shown, menu: null };
  return { shown, menu: <ColumnMenu free={free} chosen={chosen} choose={choose} /> };
}

/** The names of the columns that somebody chose for a list; null: those that the list has of itself. */
export function useChosenColumns(list: string, parameter: string): string | null {
  const key = useKey(list);
  const [params] = useUrlChoices();
  return params.get(parameter) ?? localStorage.getItem(key);
}

function useKey(list: string): string {
  const { user } = useSession();
  return `relaypoint.columns.${user}.${list}`;
}

interface MenuProps<Item> {
  free: readonly Column<Item>[];
  chosen: readonly Column<Item>[];
  /** Of none: as the list has them. */
  choose: (columns: readonly Column<Item>[]) => void;
}

function ColumnMenu<Item>({ free, chosen, choose }: MenuProps<Item>): ReactNode {
  const t = useT();
  const move = (from: number, to: number): void => {
    const next = [...chosen];
    next.splice(to, 0, ...next.splice(from, 1));
    choose(next);
  };
  return (
    <Popover position="top-end" trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          leftSection={<IconColumns size={16} aria-hidden />}
        >
          {t('columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('columns')} p="xs" mah="60dvh" style={{ overflowY: 'auto' }}>
        <Stack gap={4}>
          {[...chosen, ...free.filter((one) => !chosen.includes(one))].map((column) => {
            const at = chosen.indexOf(column);
            return (
              <Group key={column.title} gap={4} wrap="nowrap" justify="space-between" mih={28}>
                <Checkbox
                  label={t(column.title)}
                  checked={at >= 0}
                  // a list of its first column alone is the list as it was
                  disabled={at >= 0 && chosen.length === 1}
                  onChange={() =>
                    choose(at >= 0 ? chosen.filter((one) => one !== column) : [...chosen, column])
                  }
                />
                {at >= 0 && (
                  <Group gap={0} wrap="nowrap">
                    <Move up of={column.title} disabled={at === 0} onClick={() => move(at, at - 1)} />
                    <Move
                      of={column.title}
                      disabled={at === chosen.length - 1}
                      onClick={() => move(at, at + 1)}
                    />
                  </Group>
                )}
              </Group>
            );
          })}
          <Button size="compact-xs" variant="default" mt={4} onClick={() => choose([])}>
            {t('columns.reset')}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

interface MoveProps {
  of: TextKey;
  up?: boolean;
  disabled: boolean;
  onClick: () => void;
}

/** Moves a column by one place; one that cannot move further keeps the focus. */
function Move({ of, up = false, disabled, onClick }: MoveProps): ReactNode {
  const t = useT();
  const Icon = up ? IconArrowUp : IconArrowDown;
  return (
    <ActionIcon
      size={24}
      variant="subtle"
      color="gray"
      aria-label={`${t(up ? 'columns.earlier' : 'columns.later')} ${t(of)}`}
      aria-disabled={disabled}
      style={disabled ? { opacity: 0.35 } : undefined}
      onClick={disabled ? undefined : onClick}
    >
      <Icon size={16} aria-hidden />
    </ActionIcon>
  );
}
