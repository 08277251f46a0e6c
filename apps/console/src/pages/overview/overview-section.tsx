import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { type TextKey, useT } from '../../texts.js';

/** A part of the overview under a heading. */
export function Section({ title, children }: { title: TextKey; children: ReactNode }): ReactNode {
  const t = useT();
  return (
    <section aria-label={t(title)}>
      <Title order={2} size="h4" mb="xs">
        {t(title)}
      </Title>
      {children}
    </section>
  );
}
