import { Badge, Button, Group, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { useMay } from '../../session/session.js';
import { Time } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';
import { isOpen } from './rollout-state.js';
import { sizeOf, useCounts, WaveBar } from './wave-bar.js';

type Counts = Schema['RolloutCountsDto'];
type Rollout = Schema['RolloutDto'];

/** Each wave: how far it is, what the next one waits for, and that it may be left out. */
export function Waves({ rollout }: { rollout: Rollout }): ReactNode {
  const t = useT();
  const may = useMay('operator');
  const [skipped, setSkipped] = useState<number | null>(null);
  const isActive = isOpen(rollout);
  return (
    <>
      <Stack role="list" aria-label={t('rollout.waves')} gap="md">
        {rollout.waves.map((wave, index) => (
          <Stack role="listitem" key={index} gap={4}>
            <Group gap="md" mih={26}>
              <Text size="sm" fw={600}>
                {t('rollout.waveNumber', { number: index + 1 })}
              </Text>
              <Text size="sm">{t('rollout.computers', { count: sizeOf(wave.counts) })}</Text>
              <WaveState rollout={rollout} index={index} />
              {may && isActive && wave.counts.waiting > 0 && (
                <Button
                  ml="auto"
                  size="compact-xs"
                  variant="default"
                  onClick={() => setSkipped(index)}
                  aria-label={`${t('rollout.skip')}: ${t('rollout.waveNumber', { number: index + 1 })}`}
                >
                  {t('rollout.skip')}
                </Button>
              )}
            </Group>
            <WaveBar counts={wave.counts} />
            <WaveCounts counts={wave.counts} />
          </Stack>
        ))}
      </Stack>
      {skipped !== null && (
        <FormDialog
          title={`${t('rollout.skip')}: ${t('rollout.waveNumber', { number: skipped + 1 })}`}
          action="rollout.skip"
          explain={t('explain.rollout.skip', { count: rollout.waves[skipped]?.counts.waiting ?? 0 })}
          changes={['rollouts']}
          onClose={() => setSkipped(null)}
          onSubmit={() =>
            take(
              api.POST('/api/v1/rollouts/{id}/skip', {
                params: { path: { id: rollout.id } },
                body: { wave: skipped },
              }),
            )
          }
        />
      )}
    </>
  );
}

function WaveCounts({ counts }: { counts: Counts }): ReactNode {
  return (
    <Text size="xs" c="dimmed" aria-hidden>
      {useCounts(counts)}
    </Text>
  );
}

function WaveState({ rollout, index }: { rollout: Rollout; index: number }): ReactNode {
  const t = useT();
  const wave = rollout.waves[index];
  // all of it left out: it waits for nothing, and the counts below say so
  if (!wave?.begunAt) return wave?.counts.waiting === 0 ? null : <Text size="sm">{t('wave.waiting')}</Text>;
  const isLast = index === rollout.waves.length - 1;
  if (wave.passedAt !== null || (isLast && rollout.state === 'finished')) {
    return (
      <Stack gap={0}>
        <Text size="sm">{t('wave.passed')}</Text>
        {wave.passedBy !== null && <Text size="xs">{t('wave.passedBy', { who: wave.passedBy })}</Text>}
      </Stack>
    );
  }
  if (wave.provenAt === null) {
    const isPresent = index === rollout.wave;
    const stopped =
      rollout.state === 'running' ? 'wave.running' : (`rolloutState.${rollout.state}` as TextKey);
    return <Text size="sm">{t(isPresent ? stopped : 'wave.waiting')}</Text>;
  }
  return (
    <Group gap={4}>
      <Badge variant="dot" color="teal">
        {t(wave.gate === 'person' ? 'wave.provenPerson' : 'wave.proven')}
      </Badge>
      <Text size="xs">
        <Time at={wave.provenAt} />
      </Text>
    </Group>
  );
}
