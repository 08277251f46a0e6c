import { useEffect, useState } from 'react';

/**
 * Gives the focus back to what had it before this was shown, such as the button that asked: who works by the keyboard goes
 * on where they were. Mantine does it only for dialogs that stay mounted.
 */
export function useFocusBack(): void {
  const [before] = useState(() => whatStays(document.activeElement));
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    [before],
  );
}

/** An entry of a menu is gone as soon as it was chosen: the button that opened the menu stays. */
function whatStays(focused: Element | null): Element | null {
  const menu = focused?.closest('[data-menu-dropdown]');
  if (!menu) return focused;
  const button = menu.getAttribute('aria-labelledby');
  return button === null ? null : document.getElementById(button);
}
