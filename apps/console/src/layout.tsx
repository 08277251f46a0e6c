import {
  Alert,
  AppShell,
  Box,
  Burger,
  Button,
  Group,
  Menu,
  NativeSelect,
  NavLink,
  Stack,
  Text,
  useMantineColorScheme,
  type MantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { NavLink as RouterLink, Outlet, useLocation } from 'react-router';
import { api, take } from './api.js';
import { useLive } from './live.js';
import { MENU_GROUPS, PAGES } from './pages.js';
import { SessionGate, useMay, useSession } from './session.js';
import { language, setLanguage, useT } from './texts.js';

/** Loaded when it is asked for: nobody needs it for the first page. */
const PasswordDialog = lazy(() => import('./password-dialog.js'));

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
  const { pathname } = useLocation();
  const connected = useLive();
  const isAdmin = useMay('admin');
  const current = pathname.split('/')[1] ?? '';
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 230, breakpoint: 'sm', collapsed: { mobile: !open } }}
      padding="md"
    >
      <AppShell.Header px="md">
        <Group h="100%" wrap="nowrap">
          <Burger opened={open} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t('menu')} />
          <Text fw={700} size="lg">
            Relaypoint
          </Text>
          <Group ml="auto" gap="xs" wrap="nowrap" visibleFrom="sm">
            <Preferences />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t('menu')}>
        <AppShell.Section grow style={{ overflowY: 'auto' }}>
          {MENU_GROUPS.map((group) => (
            <Box key={group} role="group" aria-label={t(`menu.${group}`)} mb="sm">
              <Text size="xs" fw={600} c="dimmed" px="sm" py={4} aria-hidden>
                {t(`menu.${group}`)}
              </Text>
              {PAGES.map(
                ({ path, menu, group: of, role }) =>
                  menu &&
                  of === group &&
                  (role === undefined || isAdmin) && (
                    <NavLink
                      key={path}
                      component={RouterLink}
                      to={`/${path}`}
                      end={path === ''}
                      label={t(menu)}
                      active={current === path}
                      aria-current={current === path ? 'page' : undefined}
                      color="indigo"
                      py={6}
                      style={{ borderRadius: 'var(--mantine-radius-sm)' }}
                      onClick={close}
                    />
                  ),
              )}
            </Box>
          ))}
        </AppShell.Section>
        <AppShell.Section hiddenFrom="sm">
          <Stack gap="xs">
            <Preferences />
          </Stack>
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

function Preferences(): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const { user } = useSession();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [changing, setChanging] = useState(false);
  const signOut = async (): Promise<void> => {
    await take(api.DELETE('/api/v1/session'));
    client.clear();
    location.assign('/console');
  };
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label={t('language')}
        value={language()}
        onChange={(event) => {
          setLanguage(event.currentTarget.value);
          // sentences of the server come in its language
          void client.invalidateQueries();
        }}
        data={[
          { value: 'en', label: 'English' },
          { value: 'de', label: 'Deutsch' },
        ]}
      />
      <NativeSelect
        size="xs"
        aria-label={t('scheme')}
        value={colorScheme}
        onChange={(event) => setColorScheme(event.currentTarget.value as MantineColorScheme)}
        data={[
          { value: 'auto', label: t('scheme.auto') },
          { value: 'light', label: t('scheme.light') },
          { value: 'dark', label: t('scheme.dark') },
        ]}
      />
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" size="xs" style={{ flexShrink: 0 }}>
            {user}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setChanging(true)}>{t('password.change')}</Menu.Item>
          <Menu.Item onClick={() => void signOut()}>{t('signOut')}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {changing && (
        <Suspense>
          <PasswordDialog onClose={() => setChanging(false)} />
        </Suspense>
      )}
    </>
  );
}
