import { Button, Menu, Text, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { IconChevronDown, IconKey, IconKeyboard, IconLogout, IconUserCircle } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState, type ReactNode } from 'react';
import { api, take } from './api.js';
import { showKeys } from './keys.js';
import { useSession } from './session.js';
import { language, setLanguage, useT } from './texts.js';

/** Loaded when it is asked for: nobody needs it for the first page. */
const PasswordDialog = lazy(() =>
  import('./password-dialog.js').catch(() => {
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

/** What belongs to whoever is signed in: how the console looks to them, their password, the way out. */
export function UserMenu(): ReactNode {
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
      <Menu position="bottom-end" width={230} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button
            variant="default"
            size="xs"
            maw={170}
            style={{ flexShrink: 0 }}
            aria-label={user}
            leftSection={<IconUserCircle size={16} aria-hidden />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
          >
            {/* on a phone a long name would push what stands beside it out of the header */}
            <Text span inherit truncate visibleFrom="sm">
              {user}
            </Text>
          </Button>
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
