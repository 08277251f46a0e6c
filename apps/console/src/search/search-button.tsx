import { Button, Kbd, UnstyledButton } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { lazy, Suspense, useEffect, useState, type ReactNode } from 'react';
import { type Asked, keysWanted, showKeys } from '../keys.js';
import { useT } from '../texts.js';

/** Loaded when it is asked for; every page does without it. */
const Search = lazy(() => import('./search.js').catch(() => ({ default: () => null })));

/** Where the search begins, by a click or a key. */
export function SearchButton(): ReactNode {
  const t = useT();
  const [asked, setAsked] = useState<Asked | null>(null);
  const search = (): void => setAsked({ for: 'search' });
  useHotkeys([
    ['mod + K', search],
    ['/', search],
    // above the 7 of German keyboards
    ['shift + /', search],
    ['shift + ?', showKeys],
  ]);
  useEffect(() => {
    const keys = (): void => setAsked({ for: 'keys' });
    keysWanted.addEventListener('show', keys);
    return () => keysWanted.removeEventListener('show', keys);
  }, []);
  return (
    <>
      <Button
        variant="default"
        size="xs"
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={<Kbd size="xs">{isApple() ? '⌘ K' : 'Ctrl K'}</Kbd>}
        onClick={search}
        visibleFrom="sm"
      >
        {t('search.open')}
      </Button>
      <UnstyledButton hiddenFrom="sm" p={6} lh={0} aria-label={t('search.open')} onClick={search}>
        <IconSearch size={20} aria-hidden />
      </UnstyledButton>
      {asked && (
        <Suspense>
          <Search asked={asked} />
        </Suspense>
      )}
    </>
  );
}

/** Whose key beside the space bar is ⌘. */
function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.userAgent);
}
