import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { named, useT } from './texts.js';

interface CodeProps {
  of: string;
  /** Of what it stands in, such as a link; else that of what is said by the way. */
  inherit?: boolean;
}

/** A code or an id, small beside the words, for those who search for it: no page shows one in any other way. */
export function SmallCode({ of, inherit = false }: CodeProps): ReactNode {
  return (
    <Text span size="xs" ff="monospace" fw={400} data-code={inherit ? 'inherit' : 'aside'}>
      {of}
    </Text>
  );
}

/** A failure in words, with its code. */
export function FailureName({ code }: { code: string }): ReactNode {
  useT(); // drawn again when the language changes
  const words = named('failed', code);
  if (words === code) return <SmallCode of={code} />;
  return (
    <span title={`${words} (${code})`}>
      {words} <SmallCode of={code} />
    </span>
  );
}

/** Codes as the server writes them into its sentences. */
const CODES = /(\(?\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b\)?)/;

/** A sentence of the server, with the codes in it small. */
export function WithCodes({ text }: { text: string }): ReactNode {
  return text
    .split(CODES)
    .map((part, index) => (index % 2 === 1 ? <SmallCode key={index} of={part} /> : part));
}
