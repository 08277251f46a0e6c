import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { type TextKey, useT } from '../texts.js';

const PAUSE_MS = 250;

interface Props {
  value: string;
  onChange: (text: string) => void;
  /** What it looks through. */
  label?: TextKey;
}

/** Searches when the typing pauses; shows what the address says when it changed by something else than the typing. */
export function SearchBox({ value, onChange, label = 'search' }: Props): ReactNode {
  const t = useT();
  const [text, setText] = useState(value);
  const [seen, setSeen] = useState(value);
  const [sent, setSent] = useState(value);
  if (value !== seen) {
    setSeen(value);
    if (value !== sent) {
      setSent(value);
      setText(value);
    }
  }
  const search = (typed: string): void => {
    setSent(typed);
    onChange(typed);
  };
  const afterPress = useAfterPress();
  const send = useDebouncedCallback((typed: string) => afterPress(() => search(typed)), PAUSE_MS);
  return (
    <TextInput
      aria-label={t(label)}
      placeholder={t(label)}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
      // what is searched for stands in the address before a link is followed: later it would call that back
      onBlur={() => send.flush()}
      // as wide as what it says it looks through, where there is room on its line
      flex="1 1 260px"
      miw={260}
      maw={`clamp(260px, ${t(label).length}ch, 420px)`}
    />
  );
}

/** Puts off what would move things on the page while one of them is being pressed: the press would not become a click. */
function useAfterPress(): (act: () => void) => void {
  const isPressed = useRef(false);
  const waiting = useRef<(() => void) | null>(null);
  useEffect(() => {
    const press = (): void => {
      isPressed.current = true;
    };
    const release = (): void => {
      isPressed.current = false;
      waiting.current?.();
      waiting.current = null;
    };
    // before whatever is pressed learns of it
    const early = { capture: true };
    window.addEventListener('pointerdown', press, early);
    window.addEventListener('pointerup', release, early);
    window.addEventListener('pointercancel', release, early);
    return () => {
      window.removeEventListener('pointerdown', press, early);
      window.removeEventListener('pointerup', release, early);
      window.removeEventListener('pointercancel', release, early);
    };
  }, []);
  return (act) => {
    if (isPressed.current) waiting.current = act;
    else act();
  };
}
