import { Anchor, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { CSSProperties, ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { useMay } from '../../session/session.js';
import { Fault, Time } from '../../show.js';
import { language, useT } from '../../texts.js';
import classes from './overview.module.css';
import { Section } from './overview-section.js';
import { WaveBar } from '../rollouts/wave-bar.js';

/** Rollouts that are told of; the page of rollouts has all. */
const MOST_ROLLOUTS = 5;
/** How often sites are looked at, in milliseconds. */
const SITES_MS = 15_000;
/** Sites that fit on a page; the list of DPs has all. */
const MOST_SITES = 60;

/** What {@link RunningRollouts} shows. */
export const RUNNING_ROLLOUTS = queryOptions({
  queryKey: ['rollouts', 'running'],
  queryFn: () =>
    take(api.GET('/api/v1/rollouts', { params: { query: { state: 'running', limit: MOST_ROLLOUTS } } })),
});

/** What {@link Sites} shows. */
export const SITES = queryOptions({
  // not with each order: many consoles show it
  queryKey: ['sites'],
  refetchInterval: SITES_MS,
  queryFn: () =>
    take(api.GET('/api/v1/distribution-points', { params: { query: { limit: MOST_SITES, sort: 'name' } } })),
});

/** Rollouts that run, with how far they are; nothing where there is none. */
export function RunningRollouts(): ReactNode {
  const t = useT();
  const running = useQuery(RUNNING_ROLLOUTS);
  const rollouts = running.data?.items ?? [];
  if (rollouts.length === 0) return null;
  return (
    <Section title="overview.rollouts">
      <Stack gap="xs">
        {rollouts.map(({ id, name, counts, wave, waves, eta }) => (
          <Group key={id} gap="md">
            <Anchor
              component={Link}
              to={`/rollouts/${id}`}
              size="sm"
              w={220}
              style={{ overflowWrap: 'anywhere' }}
            >
              {name}
            </Anchor>
            <div style={{ flex: 1, minWidth: 160 }}>
              <WaveBar counts={counts} />
            </div>
            <Text
              size="sm"
              w={110}
            >{`${t('rollout.waveNumber', { number: wave + 1 })} / ${waves.length}`}</Text>
            {eta && (
              <Text size="sm">
                {`${t('rollout.eta')}: `}
                <Time at={eta} />
              </Text>
            )}
          </Group>
        ))}
      </Stack>
    </Section>
  );
}

/** One tile for each DP: whether it is heard of, what waits there, and what failed. */
export function Sites(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const dps = useQuery(SITES);
  const { items = [], total = 0 } = dps.data ?? {};
  return (
    <Section title="overview.sites">
      <Fault error={dps.error} />
      <SimpleGrid cols={{ base: 1, xs: 2, xl: 3 }} spacing="xs">
        {items.map((dp) => (
          <Link
            key={dp.id}
            to={`/distribution-points/${dp.id}`}
            className={classes.need}
            style={{ '--tint': `var(--mantine-color-${colourOf(dp)}-light)` } as CSSProperties}
            title={dp.alerts.map(({ text }) => text).join('\n')}
          >
            <span className={classes.site}>
              <span className={classes.label}>{dp.name}</span>
              <Text span size="xs">
                {siteText(dp, t)}
              </Text>
            </span>
          </Link>
        ))}
      </SimpleGrid>
      <Group gap="lg" mt="xs">
        {total > items.length && (
          <Anchor component={Link} to="/distribution-points" size="sm">
            {t('overview.allSites', { count: total.toLocaleString(language()) })}
          </Anchor>
        )}
        {mayManage && (
          <Anchor component={Link} to="/distribution-points?new=dp" size="sm">
            {t('dp.new')}
          </Anchor>
        )}
      </Group>
    </Section>
  );
}

/** What is wrong, or else what waits there. */
function siteText(dp: Schema['DistributionPointDto'], t: ReturnType<typeof useT>): string {
  if (dp.state !== 'enabled') return t(`state.${dp.state}`);
  if (dp.overdue) return t('overdue');
  return dp.alerts[0]?.text ?? t('dp.orders', { ...dp.orders });
}

function colourOf({
  state,
  overdue,
  alerts,
}: Schema['DistributionPointDto']): 'red' | 'yellow' | 'gray' | 'teal' {
  if (state === 'disabled') return 'gray';
  if (overdue || alerts.length > 0) return 'red';
  return state === 'enabled' ? 'teal' : 'yellow';
}
