import { TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { useT } from './texts.js';

const PAUSE_MS = 250;

interface Props {
  value: string;
  onChange: (text: string) => void;
}

/** Searches when the typing pauses; shows what the address says when it changed by something else than the typing. */
export function SearchBox({ value, onChange }: Props): ReactNode {
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
  const send = useDebouncedCallback((typed: string) => {
    setSent(typed);
    onChange(typed);
  }, PAUSE_MS);
  return (
    <TextInput
      aria-label={t('search')}
      placeholder={t('search')}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        send(event.currentTarget.value);
      }}
      // what is searched for stands in the address before a link is followed: later it would call that back
      onBlur={() => send.flush()}
      w={260}
    />
  );
}
