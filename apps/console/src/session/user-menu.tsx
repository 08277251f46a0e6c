import { useState, type ReactNode } from 'react';
import { isThere } from '../is-there.js';
import { UserButton } from './user-button.js';
import type { UserMenuEntries } from './user-menu-entries.js';

/**
 * What belongs to whoever is signed in: how the console looks to them, their password, the way out. What is in it, and
 * what places it on the screen, is loaded when it is asked for: every page does without.
 */
export function UserMenu(): ReactNode {
  const [loaded, setLoaded] = useState<{ Entries: typeof UserMenuEntries } | null>(null);
  const open = async (): Promise<void> => {
    try {
      const { UserMenuEntries: Entries } = await import('./user-menu-entries.js');
      setLoaded({ Entries });
    } catch {
      // a console that was replaced meanwhile no longer has it; the new one does
      if (await isThere()) location.reload();
    }
  };
  return loaded ? <loaded.Entries /> : <UserButton aria-haspopup="menu" onClick={() => void open()} />;
}
