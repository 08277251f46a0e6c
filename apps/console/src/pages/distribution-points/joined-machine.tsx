import { Button, Card, Group, Loader, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { Fingerprint } from '../../fingerprint.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { joinStep, type JoinStep } from './join-step.js';

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
  const now = found.data ?? before;
  const { name, keyFingerprint, agent, address } = now;
  const [last, setLast] = useState<JoinStep>('waiting');
  const step = joinStep(last, before, now);
  if (step !== last) setLast(step);
  const enable = useMutation({
    mutationFn: (shown: string) =>
      take(api.POST('/api/v1/distribution-points/{dp}/enable', { params, body: { keyFingerprint: shown } })),
    onSuccess: (enabled) => {
      notifications.show({
        message: `${name}: ${t('did.enable')}`,
        color: 'teal',
        closeButtonProps: { 'aria-label': t('close') },
      });
      for (const key of ['dps', 'overview', 'orders']) void client.invalidateQueries({ queryKey: [key] });
      onEnabled(enabled);
    },
  });
  const isJoined = step === 'joined';
  const machine = [agent?.hostname, agent?.os, address].filter((one) => one).join(' · ');
  return (
    <Card
      component="section"
      {...(isJoined ? { withBorder: true, 'aria-label': t('join.joined') } : { p: 0, bg: 'transparent' })}
    >
      <Stack gap="xs">
        {/* always the same one: what changes in it is told to who cannot see it */}
        <Group gap="xs" role="status" wrap="nowrap">
          {step === 'waiting' && <Loader size="xs" aria-hidden />}
          <Text size="sm" {...(isJoined && { fw: 600 })}>
            {t(`join.${step}`, { name })}
          </Text>
        </Group>
        {isJoined && keyFingerprint !== null && (
          <>
            {machine !== '' && <Text size="sm">{machine}</Text>}
            <Text size="sm">{t('explain.dp.enable')}</Text>
            <Fingerprint of={keyFingerprint} block />
            <Fault error={enable.error ?? found.error} />
            <Group justify="flex-end">
              <Button loading={enable.isPending} onClick={() => enable.mutate(keyFingerprint)}>
                {t('enable')}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </Card>
  );
}
