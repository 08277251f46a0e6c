import { Button, Group } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { RowMenu } from '../../lists/row-menu.js';
import { useT } from '../../texts.js';
import { type AskedOfDp, DpAccounts, DpDialog, DpJoin } from './distribution-points-dialogs.js';

type Dp = Schema['DistributionPointDto'];

interface Actions {
  ask: (asked: AskedOfDp) => void;
  /** What may be done with a DP as it stands. */
  buttons: (dp: Dp) => ReactNode;
  /** What is asked and told meanwhile; belongs where it stays when the DP leaves the list. */
  dialogs: ReactNode;
}

/**
 * What administrators do with DPs, in their list and on the page of one.
 *
 * @param first what is asked at once
 * @param onClosed nothing is asked any more
 */
export function useDpActions(
  first: AskedOfDp | null = null,
  onClosed: () => void = () => undefined,
): Actions {
  const t = useT();
  const [asked, ask] = useState(first);
  const [enabled, setEnabled] = useState<Dp | null>(null);
  const [joining, setJoining] = useState<Schema['JoinableDistributionPointDto'] | null>(null);
  const buttons = (dp: Dp): ReactNode => {
    const action = (what: 'disable' | 'change' | 'joinToken' | 'acceptAudit' | 'delete') => ({
      name: what,
      danger: what === 'delete',
      onClick: () => ask({ what, dp }),
    });
    return (
      <Group gap={4} wrap="nowrap" justify="flex-end">
        {dp.state !== 'enabled' && dp.keyFingerprint !== null && (
          <Button
            size="compact-xs"
            style={{ flexShrink: 0 }}
            onClick={() => ask({ what: 'enable', dp })}
            aria-label={`${t('enable')} ${dp.name}`}
          >
            {t('enable')}
          </Button>
        )}
        <RowMenu
          of={dp.name}
          actions={[
            ...(dp.state === 'enabled' ? [action('disable')] : []),
            action('change'),
            action('joinToken'),
            ...(dp.alerts.some(({ code }) => code === 'AUDIT_CONTRADICTED') ? [action('acceptAudit')] : []),
            { name: 'page.settings', to: `/settings?layer=dp:${dp.id}` },
            action('delete'),
          ]}
        />
      </Group>
    );
  };
  const dialogs = (
    <>
      {asked && (
        <DpDialog
          key={asked.what}
          asked={asked}
          onClose={() => {
            ask(null);
            onClosed();
          }}
          onJoinable={setJoining}
          onEnabled={setEnabled}
        />
      )}
      {enabled && <DpAccounts dp={enabled} onClose={() => setEnabled(null)} />}
      {joining && <DpJoin dp={joining} onClose={() => setJoining(null)} onEnabled={setEnabled} />}
    </>
  );
  return { ask, buttons, dialogs };
}
