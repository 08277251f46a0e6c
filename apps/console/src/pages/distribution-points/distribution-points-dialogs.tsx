import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { EnterAgain } from '../../forms/account-secret.js';
import { Fingerprint } from '../../fingerprint.js';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { ownTenant, useOwnTenants } from '../../session/own-tenants.js';
import { InstallLines } from '../../install-lines.js';
import { useT } from '../../texts.js';
import { JoinedMachine } from './joined-machine.js';

type Dp = Schema['DistributionPointDto'];
type JoinableDp = Schema['JoinableDistributionPointDto'];
export type AskedOfDp =
  | { what: 'create' }
  | { what: 'enable' | 'disable' | 'change' | 'joinToken' | 'acceptAudit' | 'delete'; dp: Dp };

interface Props {
  asked: AskedOfDp;
  onClose: () => void;
  /** There are new lines that make a machine this DP. */
  onJoinable: (dp: JoinableDp) => void;
  /** It is enabled, and cannot open all of its accounts. */
  onEnabled: (dp: Dp) => void;
}

/** What is asked before something is done with a DP, or one is made. */
export function DpDialog({ asked, onClose, onJoinable, onEnabled }: Props): ReactNode {
  const t = useT();
  const own = useOwnTenants();
  const changes = ['dps', 'overview', 'orders'];
  if (asked.what === 'create') {
    return (
      <FormDialog
        title={t('dp.new')}
        action="create"
        fields={[
          { name: 'id', label: 'id', required: true, hint: 'hint.slug' },
          { name: 'name', label: 'name', required: true },
          ownTenant(own),
        ]}
        changes={changes}
        onClose={onClose}
        onSubmit={async ({ id = '', name = '', tenant }) => {
          const made = await take(
            api.POST('/api/v1/distribution-points', { body: { id, name, tenant: tenant || null } }),
          );
          onJoinable(made);
        }}
      />
    );
  }
  const { dp, what } = asked;
  const params = { path: { dp: dp.id } };
  const contradictions = dp.alerts.filter(({ code }) => code === 'AUDIT_CONTRADICTED');
  const calls: Record<typeof what, (values: Record<string, string>) => Promise<unknown>> = {
    enable: async ({ keyFingerprint }) => {
      const body = { ...(keyFingerprint && { keyFingerprint: keyFingerprint.trim() }) };
      const now = await take(api.POST('/api/v1/distribution-points/{dp}/enable', { params, body }));
      if (now.accountsToEnter.length > 0) onEnabled(now);
    },
    change: ({ name = '' }) =>
      take(api.PATCH('/api/v1/distribution-points/{dp}', { params, body: { name } })),
    disable: () => take(api.POST('/api/v1/distribution-points/{dp}/disable', { params })),
    joinToken: async () => {
      const made = await take(api.POST('/api/v1/distribution-points/{dp}/join-token', { params }));
      onJoinable(made);
    },
    acceptAudit: () => {
      const body = { heardAt: contradictions.at(-1)?.at ?? '' };
      return take(api.POST('/api/v1/distribution-points/{dp}/accept-audit', { params, body }));
    },
    delete: () => take(api.DELETE('/api/v1/distribution-points/{dp}', { params })),
  };
  return (
    <FormDialog
      title={`${t(what)}: ${dp.name}`}
      action={what}
      danger={what === 'delete' || what === 'disable'}
      explain={
        <>
          <Text size="sm">{t(`explain.dp.${what}`, { name: dp.name })}</Text>
          {what === 'acceptAudit' &&
            contradictions.map(({ at, text }) => (
              <Text key={at} size="sm">
                {text}
              </Text>
            ))}
          {what === 'enable' && <Fingerprint of={dp.keyFingerprint} block />}
        </>
      }
      fields={
        what === 'enable'
          ? [{ name: 'keyFingerprint', label: 'fingerprint', hint: 'hint.fingerprint' }]
          : what === 'change'
            ? [{ name: 'name', label: 'name', required: true, initial: dp.name }]
            : []
      }
      changes={changes}
      onClose={onClose}
      onSubmit={calls[what]}
    />
  );
}

interface JoinProps {
  dp: JoinableDp;
  onClose: () => void;
  /** It is enabled, and cannot open all of its accounts. */
  onEnabled: (dp: Dp) => void;
}

/** The lines of a DP, and the machine that has run one of them. */
export function DpJoin({ dp, onClose, onEnabled }: JoinProps): ReactNode {
  if (!dp.installLines) return null;
  return (
    <InstallLines of={dp.name} lines={dp.installLines} onClose={onClose}>
      <JoinedMachine
        dp={dp}
        onEnabled={(now) => {
          onClose();
          if (now.accountsToEnter.length > 0) onEnabled(now);
        }}
      />
    </InstallLines>
  );
}

/** How enabling a DP ends: with the accounts that it cannot open yet, each to be entered at once. */
export function DpAccounts({ dp, onClose }: { dp: Dp; onClose: () => void }): ReactNode {
  const t = useT();
  const [open, setOpen] = useState(dp.accountsToEnter);
  const [entered, setEntered] = useState<(typeof open)[number] | null>(null);
  if (entered)
    return (
      <EnterAgain
        account={entered}
        onEntered={() => {
          const left = open.filter(({ id }) => id !== entered.id);
          setOpen(left);
          if (left.length === 0) onClose();
        }}
        onClose={() => setEntered(null)}
      />
    );
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${t('dp.toEnter')}: ${dp.name}`}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        <Text size="sm">{t('explain.dp.toEnter')}</Text>
        {open.map((account) => (
          <Group key={account.id} justify="space-between">
            <Text size="sm">{account.label}</Text>
            <Button
              size="compact-sm"
              onClick={() => setEntered(account)}
              aria-label={`${t('enterAgain')} ${account.label}`}
            >
              {t('enterAgain')}
            </Button>
          </Group>
        ))}
        <Group justify="flex-end">
          <Button variant="default" component={Link} to="/accounts">
            {t('page.accounts')}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
