import { Alert, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';

/** What came of a test: the receiver's own words with it. */
export function TestResult({ result }: { result: Schema['NotificationTestDto'] }): ReactNode {
  const { outcome, text, status, answer, milliseconds } = result;
  return (
    <Alert color={outcome === 'DELIVERED' ? 'teal' : 'red'} role="status" title={text}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {[status, answer, `${milliseconds} ms`].filter((part) => part !== null).join(' · ')}
      </Text>
    </Alert>
  );
}
