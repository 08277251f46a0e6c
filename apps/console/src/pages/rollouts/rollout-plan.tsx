import { Alert, Badge, Group, List, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { NamedDp } from '../../names.js';
import { Time } from '../../show.js';
import { language, useT } from '../../texts.js';

type Plan = Schema['RolloutPlanDto'];
/** Whether their DP can log in is what a plan of accounts comes to. */
const OF_ACCOUNTS: readonly string[] = ['NO_ACCOUNT', 'ACCOUNT_NOT_SEALED'];

/** What a rollout would be: who is in which wave, at which DPs, with which accounts, and what is in the way. */
export function RolloutPlan({ plan }: { plan: Plan }): ReactNode {
  const t = useT();
  const without = plan.obstacles.filter(({ code }) => OF_ACCOUNTS.includes(code)).map(({ dp }) => dp);
  return (
    <Stack gap="xs" role="group" aria-label={t('bulk.preview')}>
      <Text size="sm" fw={600}>
        {t('rollout.computers', { count: plan.size })}
      </Text>
      <Text size="sm">
        {`${t('rollout.waves')}: ${plan.waves.map((size) => size.toLocaleString(language())).join(' · ')}`}
      </Text>
      <Stack gap={4} role="list">
        {plan.dps.map((dp) => (
          <Group key={dp.dp} gap="xs" role="listitem">
            <Text size="sm">
              <NamedDp id={dp.dp} />
              {`: ${dp.count.toLocaleString(language())}`}
            </Text>
            <Standing dp={dp} hasAccount={!without.includes(dp.dp)} />
          </Group>
        ))}
      </Stack>
      {plan.obstacles.length > 0 && (
        <Alert color="yellow" title={t('rollout.obstacles')}>
          <List size="sm">
            {plan.obstacles.map(({ code, dp, text, names, count, isLeftOut }) => (
              <List.Item key={`${code} ${dp}`}>
                {`${text} (${names.join(', ')}${count > names.length ? ', …' : ''})`}
                {isLeftOut && ` ${t('rollout.leftOut')}`}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  );
}

/** Whether a DP can begin at once. */
function Standing({ dp, hasAccount }: { dp: Plan['dps'][number]; hasAccount: boolean }): ReactNode {
  const t = useT();
  const faults = [
    ...(dp.enabled ? [] : [t('rolloutDp.disabled')]),
    ...(dp.isSilent ? [t('rolloutDp.silent')] : []),
    ...(hasAccount ? [] : [t('rolloutDp.noAccount')]),
  ];
  return (
    <>
      <Badge variant="dot" color={faults.length > 0 ? 'yellow' : 'teal'}>
        {faults.length > 0 ? faults.join(', ') : t('rolloutDp.ready')}
      </Badge>
      {dp.accounts.length > 0 && <Text size="sm">{`${t('page.accounts')}: ${dp.accounts.join(', ')}`}</Text>}
      {dp.windowOpensAt !== null && (
        <Text size="sm">
          {`${t('rolloutDp.window')} `}
          <Time at={dp.windowOpensAt} />
        </Text>
      )}
    </>
  );
}
