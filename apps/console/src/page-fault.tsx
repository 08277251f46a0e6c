import { Alert, Button, Text } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { isThere } from './is-there.js';
import { useT } from './texts.js';

/** How often it is looked whether the server is back. */
const LOOK_MS = 3000;

/**
 * Stands in for a page that could not be loaded or shown: the server was away, or has a newer console by now, whose parts
 * have other names. The frame around it stays. When the server was away, the page is loaded as soon as it is back.
 */
export function PageFault(): ReactNode {
  const t = useT();
  const wasAway = useRef(false);
  const [isAway, setAway] = useState(false);
  useEffect(() => {
    const look = async (): Promise<void> => {
      const answers = await isThere();
      setAway(!answers);
      if (answers && wasAway.current) location.reload();
      if (!answers) wasAway.current = true;
    };
    void look();
    const timer = window.setInterval(() => void look(), LOOK_MS);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <Alert color="red" role="alert" title={t(isAway ? 'error.unreachable' : 'error.page')}>
      <Text size="sm" mb="sm">
        {t(isAway ? 'error.unreachable.next' : 'error.page.next')}
      </Text>
      <Button variant="default" onClick={() => void isThere().then((is) => is && location.reload())}>
        {t('retry')}
      </Button>
    </Alert>
  );
}
