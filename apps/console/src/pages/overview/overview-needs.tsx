import { Group, SimpleGrid, Text } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { CSSProperties, ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { language, type TextKey, useT } from '../../texts.js';
import classes from './overview.module.css';
import { type Only, onlyBrake, onlyComputer, onlyDp, onlyPausedRollout } from './overview-only.js';
import { Section } from './overview-section.js';

type Overview = Schema['OverviewDto'];

interface Need {
  text: TextKey;
  count: (overview: Overview) => number;
  /** Finds the one, where there is one. */
  only: () => Promise<Only | null>;
  to: string;
  colour: 'red' | 'yellow';
}

/** What waits for somebody: how many, what of, and where it is dealt with; the most urgent first. */
const NEEDS: readonly Need[] = [
  {
    text: 'needs.dpsOverdue',
    count: ({ distributionPoints }) => distributionPoints.overdue,
    only: () => onlyDp({ overdue: true }),
    to: '/distribution-points?overdue=true',
    colour: 'red',
  },
  {
    text: 'needs.dpsWithoutAccount',
    count: ({ distributionPoints }) => distributionPoints.withoutAccount,
    only: () => onlyDp({ withoutAccount: true }),
    to: '/distribution-points?withoutAccount=true',
    colour: 'red',
  },
  {
    text: 'needs.brakes',
    count: ({ brakes }) => brakes,
    only: onlyBrake,
    to: '/brakes',
    colour: 'red',
  },
  {
    text: 'needs.rollouts',
    count: ({ pausedRollouts }) => pausedRollouts,
    only: onlyPausedRollout,
    to: '/rollouts',
    colour: 'red',
  },
  {
    text: 'needs.failed',
    count: ({ computers }) => computers['install-failed'],
    only: () => onlyComputer('install-failed'),
    to: '/computers?folder=failed',
    colour: 'red',
  },
  {
    text: 'needs.dpsToEnable',
    count: ({ distributionPoints }) => distributionPoints.toEnable,
    only: () => onlyDp({ state: 'pending' }),
    to: '/distribution-points?state=pending',
    colour: 'yellow',
  },
  {
    text: 'needs.restarts',
    count: ({ computers }) => computers['pending-restart'],
    only: () => onlyComputer('pending-restart'),
    to: '/computers?folder=all&state=pending-restart',
    colour: 'yellow',
  },
];

/** What needs somebody, in a tile each; what there is one of is called by its name. */
export function Needs({ overview }: { overview: Overview }): ReactNode {
  const t = useT();
  const needs = NEEDS.filter(({ count }) => count(overview) > 0);
  return (
    <Section title="overview.needs">
      {needs.length === 0 ? (
        <Group gap="xs">
          <IconCircleCheck size={20} color="var(--mantine-color-teal-7)" aria-hidden />
          <Text size="sm">{t('needs.nothing')}</Text>
        </Group>
      ) : (
        <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="xs">
          {needs.map((need) => (
            <Tile key={need.text} need={need} many={need.count(overview)} />
          ))}
        </SimpleGrid>
      )}
    </Section>
  );
}

function Tile({ need: { text, only, to, colour }, many }: { need: Need; many: number }): ReactNode {
  const t = useT();
  const one = useQuery({
    queryKey: ['overview', 'only', text, language()],
    queryFn: only,
    enabled: many === 1,
    // without its name the tile says as much as it did
    retry: false,
  });
  const found = many === 1 ? one.data : null;
  const said = t(text, { count: many });
  return (
    <Link
      to={found?.to ?? to}
      className={classes.need}
      style={{ '--tint': `var(--mantine-color-${colour}-light)` } as CSSProperties}
    >
      <IconAlertTriangle size={18} aria-hidden style={{ flexShrink: 0 }} />
      <span className={classes.label}>{found ? `${said}: ${found.name}` : said}</span>
    </Link>
  );
}
