import { Group, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import mark from './mark.svg';

/** Mark and name of the product. */
export function Mark({ size = 28 }: { size?: number }): ReactNode {
  return (
    <Group gap="xs" wrap="nowrap">
      <img src={mark} width={size} height={size} alt="" />
      <Text span fw={700} fz={size * 0.64} lh={1}>
        Relaypoint
      </Text>
    </Group>
  );
}
