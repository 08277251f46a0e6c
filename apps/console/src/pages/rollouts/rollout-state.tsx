import { Badge } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { type TextKey, useT } from '../../texts.js';

const COLOURS: Readonly<Record<string, string>> = {
  running: 'blue',
  paused: 'yellow',
  aborting: 'yellow',
  aborted: 'red',
  finished: 'teal',
};

/** How a rollout stands, coloured by what it asks of the reader. */
export function RolloutState({ of }: { of: string }): ReactNode {
  const t = useT();
  return (
    <Badge variant="dot" color={COLOURS[of] ?? 'gray'} style={{ flexShrink: 0 }}>
      {t(`rolloutState.${of}` as TextKey)}
    </Badge>
  );
}

/** Whether something may still be changed about who is in it, and when their turn comes. */
export function isOpen({ state }: Schema['RolloutDto']): boolean {
  return state === 'running' || state === 'scheduled' || state === 'paused';
}
