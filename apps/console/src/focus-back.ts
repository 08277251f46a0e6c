import { useEffect, useState } from 'react';

/**
 * Gives the focus back to what had it before this was shown, such as the button that asked: who works by the keyboard goes
 * on where they were. Mantine does it only for dialogs that stay mounted.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    },
    [before],
  );
}
