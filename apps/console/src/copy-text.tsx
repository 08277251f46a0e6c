import { Button, Code } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useT } from './texts.js';

/** How long the button says that it was done, in ms. */
const SAYS_MS = 2_000;

/** A text to be taken elsewhere, and a button that copies it. */
export function CopyText({ text }: { text: string }): ReactNode {
  const t = useT();
  const code = useRef<HTMLPreElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAYS_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => setCopied(await copyFrom(code.current, text));
  return (
    <>
      <Code ref={code} block style={{ whiteSpace: 'pre-wrap', wordBreak: 'break-all' }}>
        {text}
      </Code>
      <Button variant="default" style={{ alignSelf: 'flex-start' }} onClick={() => void copy()}>
        {t(copied ? 'copied' : 'copy')}
      </Button>
    </>
  );
}

/**
 * Browsers have a clipboard at https and localhost alone. Elsewhere, as at a first trial, the old way is left: what is selected
 * is copied, with the whole text in its place; where that is refused too, it stays selected for Ctrl+C.
 *
 * @param element that shows the text, or a part of it
 * @returns whether the whole text was copied
 */
export async function copyFrom(element: Element | null, text: string): Promise<boolean> {
  if ('clipboard' in navigator) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not permitted: the old way
    }
  }
  if (element) getSelection()?.selectAllChildren(element);
  let whole = false;
  const putIn = (event: ClipboardEvent): void => {
    event.clipboardData?.setData('text/plain', text);
    event.preventDefault();
    whole = event.clipboardData !== null;
  };
  document.addEventListener('copy', putIn, { once: true });
  try {
    return document.execCommand('copy') && whole;
  } finally {
    document.removeEventListener('copy', putIn);
  }
}
