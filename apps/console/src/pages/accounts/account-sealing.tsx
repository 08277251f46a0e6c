import { Anchor, Button, Group, List, Modal, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';
import { EnterAgain } from '../../forms/account-secret.js';
import type { Schema } from '../../api.js';
import { useFocusBack } from '../../forms/focus-back.js';
import { useMay } from '../../session/session.js';
import { useT } from '../../texts.js';

type Account = Schema['AccountDto'];
type SealedFor = Account['sealedFor'][number];

/** DPs that the list names; the others are in the dialog. */
const NAMED = 3;

/** Whether each DP that is to use the account can open it, those that cannot first and by name. */
export function Sealing({ of: { sealedFor } }: { of: Account }): ReactNode {
  const t = useT();
  const missing = sealedFor.filter(({ stale }) => stale);
  const all = sealedFor.length;
  if (all === 0) return <Text size="sm">{t('account.noDp')}</Text>;
  if (missing.length > 0) {
    const said = t('account.missingFor', { names: namesOf(missing) });
    return (
      <Text size="sm" fw={600} truncate title={missing.map(({ dpName }) => dpName).join(', ')}>
        {said}
      </Text>
    );
  }
  return (
    <Text size="sm" truncate title={sealedFor.map(({ dpName }) => dpName).join(', ')}>
      {namesOf(sealedFor)}
    </Text>
  );
}

function namesOf(dps: readonly SealedFor[]): string {
  const names = dps.slice(0, NAMED).map(({ dpName }) => dpName);
  return [...names, ...(dps.length > NAMED ? [`+${dps.length - NAMED}`] : [])].join(', ');
}

/** Every DP in the account's scope: where its secret is, and where it has to be entered again. */
export function SealingDialog({ of, onClose }: { of: Account; onClose: () => void }): ReactNode {
  const t = useT();
  useFocusBack();
  const mayManage = useMay('admin');
  const [entering, setEntering] = useState(false);
  const { label, sealedFor } = of;
  const missing = sealedFor.filter(({ stale }) => stale);
  if (entering) return <EnterAgain account={of} onClose={onClose} />;
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${t('account.where')}: ${label}`}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <Stack>
        {sealedFor.length === 0 && <Text size="sm">{t('account.noDp')}</Text>}
        <Dps title={t('account.missing')} dps={missing} />
        <Dps title={t('sealedFor')} dps={sealedFor.filter(({ stale }) => !stale)} />
        <Text size="sm" c="dimmed">
          {t('account.later')}
        </Text>
        {mayManage && missing.length > 0 && (
          <Group justify="flex-end">
            <Button onClick={() => setEntering(true)}>{t('enterAgain')}</Button>
          </Group>
        )}
      </Stack>
    </Modal>
  );
}

function Dps({ title, dps }: { title: string; dps: readonly SealedFor[] }): ReactNode {
  if (dps.length === 0) return null;
  return (
    <section>
      <Title order={3} size="h6" mb={4}>
        {title}
      </Title>
      <List size="sm">
        {dps.map(({ dp, dpName }) => (
          <List.Item key={dp}>
            <Anchor component={Link} to={`/distribution-points/${dp}`} size="sm">
              {dpName}
            </Anchor>
          </List.Item>
        ))}
      </List>
    </section>
  );
}
