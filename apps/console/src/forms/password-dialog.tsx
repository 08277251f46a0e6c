import type { ReactNode } from 'react';
import { api, take } from '../api.js';
import { FormDialog } from './dialogs.js';
import { useT } from '../texts.js';

/** A new password of one's own; the server ends the other sessions. */
export default function PasswordDialog({ onClose }: { onClose: () => void }): ReactNode {
  const t = useT();
  return (
    <FormDialog
      title={t('password.change')}
      action="change"
      explain={t('explain.password')}
      fields={[
        { name: 'current', label: 'password.current', kind: 'password', required: true },
        { name: 'password', label: 'password.new', kind: 'password', required: true, hint: 'hint.password' },
      ]}
      changes={[]}
      onClose={onClose}
      onSubmit={({ current = '', password = '' }) =>
        take(api.PUT('/api/v1/session/password', { body: { current, password } }))
      }
    />
  );
}
