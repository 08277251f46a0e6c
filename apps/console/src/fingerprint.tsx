import { Code } from '@mantine/core';
import type { ReactNode } from 'react';

/** A fingerprint, which people compare with another one: the whole of it, in as many lines as it takes. */
export function Fingerprint({ of, block = false }: { of: string | null; block?: boolean }): ReactNode {
  if (of === null) return '–';
  return (
    <Code block={block} style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
      {of}
    </Code>
  );
}
