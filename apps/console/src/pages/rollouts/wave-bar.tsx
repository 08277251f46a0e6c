import { Progress } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { language, useT } from '../../texts.js';

type Counts = Schema['RolloutCountsDto'];

/** In the order in which a bar shows them; waiting is what is left of it. */
const PARTS = [
  ['good', 'teal.8'],
  ['bad', 'red.8'],
  ['underWay', 'blue.7'],
  ['absent', 'orange.8'],
  ['skipped', 'gray.7'],
] as const;

/** Members there are now: some may have been moved. */
export function sizeOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** How many of these members stand how, in words. */
export function useCounts(counts: Counts): string {
  const t = useT();
  return [...PARTS.map(([name]) => name), 'waiting' as const]
    .filter((name) => counts[name] > 0)
    .map((name) => `${t(`rolloutCount.${name}`)}: ${counts[name].toLocaleString(language())}`)
    .join(', ');
}

/** How many of these members stand how, as a bar; in words for who cannot see it. */
export function WaveBar({ counts }: { counts: Counts }): ReactNode {
  const all = sizeOf(counts);
  const said = useCounts(counts);
  return (
    <div role="img" aria-label={said} title={said} style={{ width: '100%' }}>
      <Progress.Root size="lg" aria-hidden>
        {PARTS.map(([name, colour]) => (
          <Progress.Section
            key={name}
            value={all === 0 ? 0 : (counts[name] / all) * 100}
            color={colour}
            withAria={false}
          />
        ))}
      </Progress.Root>
    </div>
  );
}
