import { ActionIcon, Menu } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { type TextKey, useT } from '../texts.js';

/** Something that can be done with a row: by a click, or on a page. */
export interface RowAction {
  name: TextKey;
  danger?: boolean;
  onClick?: () => void;
  to?: string;
}

/** Red that can be read on both grounds. */
const DANGER = 'light-dark(var(--mantine-color-red-8), var(--mantine-color-red-4))';

/** What can be done with one row of a list, behind a button. */
export function RowMenu({ of, actions }: { of: string; actions: readonly RowAction[] }): ReactNode {
  const t = useT();
  if (actions.length === 0) return null;
  return (
    <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`${t('actions')} ${of}`}>
          <IconDots size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map(({ name, danger, onClick, to }) =>
          to === undefined ? (
            <Menu.Item key={name} onClick={onClick} {...(danger && { c: DANGER })}>
              {t(name)}
            </Menu.Item>
          ) : (
            <Menu.Item key={name} component={Link} to={to}>
              {t(name)}
            </Menu.Item>
          ),
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
