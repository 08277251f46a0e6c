import { Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconKey, IconKeyboard, IconLogout } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react';
import { api, take } from '../api.js';
import { showKeys } from '../keys.js';
import { language, setLanguage, useT } from '../texts.js';
import { UserButton } from './user-button.js';

/** Loaded when it is asked for: few who open the menu change their password. */
const PasswordDialog = lazy(() =>
  import('../forms/password-dialog.js').catch(() => {
    // a console that was replaced meanwhile no longer has it; the new one does
    location.reload();
    return { default: () => null };
  }),
);

const LANGUAGES = [
  ['en', 'English'],
  ['de', 'Deutsch'],
] as const;
const SCHEMES = ['auto', 'light', 'dark'] as const satisfies readonly MantineColorScheme[];

/** What stands in the menu of whoever is signed in; it opens as soon as it is there, for it was asked for. */
export function UserMenuEntries(): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const button = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [changing, setChanging] = useState(false);
  useEffect(() => {
    // in the place of the one that was pressed, and what a menu gives the focus back to
    button.current?.focus();
    setOpened(true);
  }, []);
  const signOut = async (): Promise<void> => {
    await take(api.DELETE('/api/v1/session'));
    client.clear();
    location.assign('/console');
  };
  return (
    <>
      <Menu
        opened={opened}
        onChange={setOpened}
        position="bottom-end"
        width={230}
        withInitialFocusPlaceholder={false}
      >
        <Menu.Target>
          <UserButton ref={button} />
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>{t('language')}</Menu.Label>
          <Menu.RadioGroup
            value={language()}
            onChange={(chosen) => {
              // sentences of the server come in its language
              void setLanguage(chosen === 'de' ? 'de' : 'en').then(() => client.invalidateQueries());
            }}
          >
            {LANGUAGES.map(([one, name]) => (
              <Menu.RadioItem key={one} value={one}>
                {name}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Label>{t('scheme')}</Menu.Label>
          <Menu.RadioGroup
            value={colorScheme}
            onChange={(chosen) => setColorScheme(chosen as MantineColorScheme)}
          >
            {SCHEMES.map((one) => (
              <Menu.RadioItem key={one} value={one}>
                {t(`scheme.${one}`)}
              </Menu.RadioItem>
            ))}
          </Menu.RadioGroup>
          <Menu.Divider />
          <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={showKeys}>
            {t('keys')}
          </Menu.Item>
          <Menu.Item leftSection={<IconKey size={16} aria-hidden />} onClick={() => setChanging(true)}>
            {t('password.change')}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
            {t('signOut')}
          </Menu.Item>
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
