import { Alert, Modal, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Schema } from './api.js';
import { CopyText } from './copy-text.js';
import { type TextKey, useT } from './texts.js';

/** One line that makes a machine a DP. */
export type InstallLine = Schema['InstallLineDto'];

interface Props {
  title?: TextKey;
  /** Whose lines they are, by its name. */
  of?: string;
  /** What holds for all of them. */
  explain?: TextKey;
  lines: readonly InstallLine[];
  /** What comes of it, below the line. */
  children?: ReactNode;
  onClose: () => void;
}

/** The lines of a new DP or key, one for each platform. They are shown once. */
export function InstallLines({
  title = 'joinToken',
  of,
  explain = 'explain.join',
  lines,
  children,
  onClose,
}: Props): ReactNode {
  const t = useT();
  const [platform, setPlatform] = useState(lines[0]?.platform ?? 'installed');
  const command = lines.find((line) => line.platform === platform)?.command ?? '';
  return (
    <Modal
      opened
      onClose={onClose}
      title={of === undefined ? t(title) : `${t(title)}: ${of}`}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">{t(explain)}</Text>
        {!lines.some((line) => line.platform === 'linux') && (
          <Alert color="yellow" title={t('noAgentPacked')}>
            {t('explain.noAgentPacked')}
          </Alert>
        )}
        <SegmentedControl
          aria-label={t('platform')}
          value={platform}
          onChange={setPlatform}
          data={lines.map((line) => ({ value: line.platform, label: t(`platform.${line.platform}`) }))}
        />
        <Text size="sm">{t(`explain.platform.${platform}`)}</Text>
        <CopyText text={command} />
        {children}
      </Stack>
    </Modal>
  );
}
