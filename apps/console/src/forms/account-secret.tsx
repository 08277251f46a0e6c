import type { ReactNode } from 'react';
import { api, take } from '../api.js';
import { type Field, FormDialog } from './dialogs.js';
import { useT } from '../texts.js';

/** What an account logs in with. */
export const SECRETS: readonly Field[] = [
  { name: 'password', label: 'password', kind: 'password', hint: 'hint.secret' },
  { name: 'privateKey', label: 'privateKey', kind: 'area' },
  { name: 'passphrase', label: 'passphrase', kind: 'password' },
];

/** Fields that were filled in. */
export function given(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

/** Takes an account's secret again, and seals it to the DPs that are enabled now. */
export function EnterAgain({
  account: { id, label },
  onClose,
  onEntered,
}: {
  account: { id: string; label: string };
  onClose: () => void;
  /** Once it was taken. */
  onEntered?: () => void;
}): ReactNode {
  const t = useT();
  return (
    <FormDialog
      changes={['accounts', 'dps']}
      onClose={onClose}
      title={`${t('enterAgain')}: ${label}`}
      action="enterAgain"
      explain={t('explain.sealed')}
      fields={SECRETS}
      onSubmit={async (secrets) => {
        await take(api.PATCH('/api/v1/accounts/{id}', { params: { path: { id } }, body: given(secrets) }));
        onEntered?.();
      }}
    />
  );
}
