import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, ApiError, take, type Schema } from '../api.js';
import { useT } from '../texts.js';

interface Props {
  user?: string;
  onDone: (who: Schema['SessionDto']) => void;
}

/** Asks who somebody is, until the server believes it. */
export function SignIn({ user: known = '', onDone }: Props): ReactNode {
  const t = useT();
  const [user, setUser] = useState(known);
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      onDone(await take(api.POST('/api/v1/session', { body: { user, password } })));
    } catch (error) {
      setFault(error instanceof ApiError ? error.problem.detail : t('error.unreachable'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {fault !== null && (
          <Alert color="red" role="alert">
            {fault}
          </Alert>
        )}
        <TextInput
          label={t('user')}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
          autoComplete="username"
          required
        />
        <PasswordInput
          label={t('password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          autoComplete="current-password"
          required
        />
        <Button type="submit" loading={busy}>
          {t('signIn')}
        </Button>
      </Stack>
    </form>
  );
}
