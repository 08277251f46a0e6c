import { Button, Text, type ButtonProps } from '@mantine/core';
import { IconChevronDown, IconUserCircle } from '@tabler/icons-react';
import type { ComponentPropsWithRef, ReactNode } from 'react';
import { useSession } from './session.js';

/** Who is signed in. */
export function UserButton(props: ButtonProps & ComponentPropsWithRef<'button'>): ReactNode {
  const { user } = useSession();
  return (
    <Button
      {...props}
      variant="default"
      size="xs"
      maw={170}
      style={{ flexShrink: 0 }}
      aria-label={user}
      leftSection={<IconUserCircle size={16} aria-hidden />}
      rightSection={<IconChevronDown size={14} aria-hidden />}
    >
      {/* on a phone a long name would push what stands beside it out of the header */}
      <Text span inherit truncate visibleFrom="sm">
        {user}
      </Text>
    </Button>
  );
}
