import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../api.js';
import { SignIn } from './sign-in.js';
import { useT } from '../texts.js';

interface Props {
  user: string;
  onDone: (who: Schema['SessionDto']) => void;
}

/** Over what is open when a session ends: it is as it was for whoever signs in again. */
export default function SessionEnded({ user, onDone }: Props): ReactNode {
  const t = useT();
  return (
    <Modal opened onClose={() => {}} withCloseButton={false} title={t('session.ended')} zIndex={1000}>
      <SignIn onDone={onDone} user={user} />
    </Modal>
  );
}
