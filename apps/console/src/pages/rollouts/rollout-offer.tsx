import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take } from '../../api.js';
import { useFocusBack } from '../../forms/focus-back.js';
import { useT } from '../../texts.js';

interface Props {
  count: number;
  onClose: () => void;
  onRollout: () => void;
  onRelease: () => void;
}

/** Many computers are about to be released at once: a rollout begins with a few, and stops itself. */
export function OfferRollout({ count, onClose, onRollout, onRelease }: Props): ReactNode {
  const t = useT();
  useFocusBack();
  const then = (next: () => void) => () => {
    onClose();
    next();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={t('rollout.offer', { count })}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">{t('explain.rollout')}</Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={then(onRelease)}>
            {t('rollout.atOnce')}
          </Button>
          <Button onClick={then(onRollout)}>{t('rollout.new')}</Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const ROLLOUT_FROM = 50;

/** Computers from which on a rollout is offered before they are released at once. */
export function useRolloutFrom(): number {
  const settings = useQuery({
    queryKey: ['settings', 'global'],
    queryFn: () => take(api.GET('/api/v1/settings')),
  });
  const value = settings.data?.effective['rolloutFrom']?.value;
  return typeof value === 'number' ? value : ROLLOUT_FROM;
}
