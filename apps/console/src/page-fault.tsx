import { Alert, Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { useT } from './texts.js';

/**
 * Stands in for a page that could not be loaded or shown: the server was away, or has a newer console by now, whose parts
 * have other names. The frame around it stays.
 */
export function PageFault(): ReactNode {
  const t = useT();
  return (
    <Alert color="red" title={t('error.unreachable')}>
      <Button variant="light" onClick={() => location.reload()}>
        {t('retry')}
      </Button>
    </Alert>
  );
}
