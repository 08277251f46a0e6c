import { Anchor, Button, Card, Group, List, Text, ThemeIcon, Title } from '@mantine/core';
import { IconCheck, IconCircle } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { useSession } from '../../session/session.js';
import { type TextKey, useT } from '../../texts.js';

type Step = 'dp' | 'account' | 'release' | 'import' | 'install';
const STEPS: readonly { step: Step; to: string }[] = [
  { step: 'dp', to: '/distribution-points' },
  { step: 'account', to: '/accounts' },
  { step: 'release', to: '/client-releases' },
  { step: 'import', to: '/imports' },
  { step: 'install', to: '/computers' },
];
const ONE = { params: { query: { limit: 1 } } } as const;

/**
 * What is to be done before the first computer is ready; each step is ticked by what there is. It goes by itself once all
 * is done, and when somebody puts it away: that is kept in this browser, for this person.
 */
export function FirstSteps({ overview }: { overview: Schema['OverviewDto'] }): ReactNode {
  const t = useT();
  const { user } = useSession();
  const key = `relaypoint.firstSteps.${user}`;
  const [away, setAway] = useState(() => localStorage.getItem(key) === 'away');
  const accounts = useQuery({
    queryKey: ['accounts', 'any'],
    queryFn: () => take(api.GET('/api/v1/accounts', ONE)),
    enabled: !away,
  });
  const releases = useQuery({
    queryKey: ['releases', 'all'],
    queryFn: () => take(api.GET('/api/v1/client-releases', { params: { query: { limit: 500 } } })),
    enabled: !away,
  });
  if (away || !accounts.data || !releases.data) return null;
  const counts = Object.entries(overview.computers);
  const known = counts.reduce((sum, [, count]) => sum + count, 0);
  const done: Record<Step, boolean> = {
    dp: overview.distributionPoints.enabled > 0,
    account: accounts.data.total > 0,
    release: releases.data.items.some(({ state }) => state === 'published'),
    import: known > 0,
    install: known > (overview.computers['imported'] ?? 0),
  };
  const left = STEPS.filter(({ step }) => !done[step]);
  if (left.length === 0) return null;
  const next = left[0]?.step;
  // one that has joined is to be enabled, no other one made
  const isToMake = overview.distributionPoints.toEnable === 0;
  const putAway = (): void => {
    localStorage.setItem(key, 'away');
    setAway(true);
  };
  return (
    <Card withBorder mb="xl" component="section" aria-label={t('first.title')}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t('first.title')}
        </Title>
        <Group gap="sm">
          <Text size="sm">{t('first.done', { done: STEPS.length - left.length, count: STEPS.length })}</Text>
          <Button size="compact-sm" variant="default" onClick={putAway}>
            {t('first.putAway')}
          </Button>
        </Group>
      </Group>
      <List spacing="xs" center>
        {STEPS.map(({ step, to }) => (
          <List.Item key={step} icon={<Mark done={done[step]} />}>
            {done[step] ? (
              <Text size="sm" c="dimmed">
                {t(`first.step.${step}`)}
              </Text>
            ) : (
              <>
                <Anchor
                  component={Link}
                  to={step === 'dp' && isToMake ? '/distribution-points?new=dp' : to}
                  size="sm"
                  fw={step === next ? 600 : undefined}
                >
                  {t(`first.step.${step}`)}
                </Anchor>
                <Text size="sm" c="dimmed">
                  {t(`first.why.${step}` satisfies TextKey)}
                </Text>
              </>
            )}
          </List.Item>
        ))}
      </List>
    </Card>
  );
}

function Mark({ done }: { done: boolean }): ReactNode {
  const t = useT();
  return (
    <ThemeIcon
      size={24}
      radius="xl"
      color={done ? 'teal.8' : 'gray'}
      variant={done ? 'filled' : 'light'}
      role="img"
      aria-label={t(done ? 'first.isDone' : 'first.isOpen')}
    >
      {done ? <IconCheck size={16} aria-hidden /> : <IconCircle size={16} aria-hidden />}
    </ThemeIcon>
  );
}
