import { Alert, AppShell, Box, Burger, Group, NavLink, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { NavLink as RouterLink, Outlet, useLocation } from 'react-router';
import { useLive } from './live.js';
import { Mark } from './mark.js';
import { MENU_GROUPS, PAGES } from './pages.js';
import { SearchButton } from './search/search-button.js';
import { SessionGate, useMay } from './session/session.js';
import { useT } from './texts.js';
import { UserMenu } from './session/user-menu.js';

/** What stands around every page. */
export function Layout(): ReactNode {
  return (
    <SessionGate>
      <Frame />
    </SessionGate>
  );
}

function Frame(): ReactNode {
  const t = useT();
  const [open, { toggle, close }] = useDisclosure(false);
  const connected = useLive();
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 224, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <AppShell.Header px="md">
        <Group h="100%" wrap="nowrap">
          <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} />
          <Mark />
          <Group ml="auto" gap="xs" wrap="nowrap">
            <SearchButton />
            <UserMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('menu')}>
        <AppShell.Section grow style={{ overflowY: 'auto' }}>
          <Navigation onOpen={close} />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main>
        {!connected && (
          <Alert color="yellow" mb="md" role="status">
            {t('live.lost')}
          </Alert>
        )}
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

function Navigation({ onOpen }: { onOpen: () => void }): ReactNode {
  const t = useT();
  const isAdmin = useMay('admin');
  const { pathname } = useLocation();
  const current = pathname.split('/')[1] ?? '';
  return MENU_GROUPS.map((group) => (
    <Box key={group} role="group" aria-label={t(`menu.${group}`)} mb="sm">
      <Text size="xs" fw={600} c="dimmed" px="sm" py={4} aria-hidden>
        {t(`menu.${group}`)}
      </Text>
      {PAGES.map(({ path, menu, icon: Icon, group: of, role }) =>
        menu && of === group && (role === undefined || isAdmin) ? (
          <NavLink
            key={path}
            component={RouterLink}
            to={`/${path}`}
            end={path === ''}
            label={t(menu)}
            leftSection={Icon && <Icon size={18} stroke={1.6} aria-hidden />}
            active={current === path}
            aria-current={current === path ? 'page' : undefined}
            py={5}
            style={{ borderRadius: 'var(--mantine-radius-sm)' }}
            onClick={onOpen}
          />
        ) : null,
      )}
    </Box>
  ));
}
