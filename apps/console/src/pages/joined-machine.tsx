import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { Fingerprint } from '../fingerprint.js';
import { Fault } from '../show.js';
import { useT } from '../texts.js';

type Dp = Schema['DistributionPointDto'];

/** How often it is looked whether a machine has joined, in ms; events tell of it sooner. */
const LOOK_MS = 3_000;

interface Props {
  /** As it was before a machine joined. */
  dp: Dp;
  onEnabled: (dp: Dp) => void;
}

/** Waits for the machine that is to become a DP, shows its key to be compared, and enables the DP with that key alone. */
export function JoinedMachine({ dp: before, onEnabled }: Props): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const params = { path: { dp: before.id } };
  const found = useQuery({
    queryKey: ['dps', 'one', before.id],
    queryFn: () => take(api.GET('/api/v1/distribution-points/{dp}', { params })),
    refetchInterval: LOOK_MS,
  });
  const { name, state, keyFingerprint, agent, address } = found.data ?? before;
  const enable = useMutation({
    mutationFn: (shown: string) =>
      take(api.POST('/api/v1/distribution-points/{dp}/enable', { params, body: { keyFingerprint: shown } })),
    onSuccess: (now) => {
      notifications.show({
        message: `${name}: ${t('did.enable')}`,
        color: 'teal',
        closeButtonProps: { 'aria-label': t('close') },
      });
      for (const key of ['dps', 'overview', 'orders']) void client.invalidateQueries({ queryKey: [key] });
      onEnabled(now);
    },
  });
  const hasJoined = keyFingerprint !== null && keyFingerprint !== before.keyFingerprint;
  if (!hasJoined || state === 'enabled')
    return (
      <Group gap="xs" role="status" wrap="nowrap">
        {state !== 'enabled' && <Loader size="xs" aria-hidden />}
        <Text size="sm">{t(state === 'enabled' ? 'join.enabled' : 'join.waiting', { name })}</Text>
      </Group>
    );
  const machine = [agent?.hostname, agent?.os, address].filter((one) => one).join(' · ');
  return (
    <Card withBorder component="section" aria-label={t('join.joined')}>
      <Stack gap="xs">
        <Text size="sm" fw={600} role="status">
          {t('join.joined')}
        </Text>
        {machine !== '' && <Text size="sm">{machine}</Text>}
        <Text size="sm">{t('explain.dp.enable')}</Text>
        <Fingerprint of={keyFingerprint} block />
        <Fault error={enable.error ?? found.error} />
        <Group justify="flex-end">
          <Button loading={enable.isPending} onClick={() => enable.mutate(keyFingerprint)}>
            {t('enable')}
          </Button>
        </Group>
      </Stack>
    </Card>
  );
}
