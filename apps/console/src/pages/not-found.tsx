import { Button, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Heading } from '../show.js';
import { useT } from '../texts.js';

export function Component(): ReactNode {
  const t = useT();
  return (
    <>
      <Heading title={t('notFound')} />
      <Text mb="md">{t('notFound.text')}</Text>
      <Button component={Link} to="/">
        {t('page.overview')}
      </Button>
    </>
  );
}
