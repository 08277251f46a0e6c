import { Button, Menu } from '@mantine/core';
import { IconColumns } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import type { Column } from './table.js';
import { type TextKey, useT } from './texts.js';

/** What somebody chose of a list: what is not here stays as the list has it. */
type Choices = Readonly<Partial<Record<TextKey, boolean>>>;

interface ChosenColumns<Item> {
  shown: readonly Column<Item>[];
  /** Where they are chosen; null: there is nothing to choose. */
  menu: ReactNode;
}

/**
 * The columns that are shown of a list. The first one, and what can be done with a row, always are; the others as
 * somebody chose in this browser.
 *
 * @param list by which the choice is kept
 */
export function useColumns<Item>(list: string, columns: readonly Column<Item>[]): ChosenColumns<Item> {
  const t = useT();
  const key = `relaypoint.columns.${list}`;
  const [choices, setChoices] = useState<Choices>(() => kept(key));
  const isShown = ({ title, hidden }: Column<Item>): boolean => choices[title] ?? hidden !== true;
  const free = columns.filter((column, index) => index > 0 && column.title !== 'actions');
  const choose = (title: TextKey, shown: boolean): void => {
    const next = { ...choices, [title]: shown };
    setChoices(next);
    localStorage.setItem(key, JSON.stringify(next));
  };
  const shown = columns.filter((column) => !free.includes(column) || isShown(column));
  if (!columns.some(({ hidden }) => hidden)) return { shown: columns, menu: null };
  return {
    shown,
    menu: (
      <Menu position="top-end" closeOnItemClick={false} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            c="var(--mantine-color-text)"
            leftSection={<IconColumns size={16} aria-hidden />}
          >
            {t('columns')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {free.map((column) => (
            <Menu.CheckboxItem
              key={column.title}
              checked={isShown(column)}
              onChange={(shows) => choose(column.title, shows)}
            >
              {t(column.title)}
            </Menu.CheckboxItem>
          ))}
        </Menu.Dropdown>
      </Menu>
    ),
  };
}

function kept(key: string): Choices {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Choices;
  } catch {
    return {};
  }
}
