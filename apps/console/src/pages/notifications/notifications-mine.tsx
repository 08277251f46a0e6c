import { Alert, Button, Group, Loader, Stack, TextInput } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, isRefused, take, type Schema } from '../../api.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { PreferenceFields, preferencesBody, usePreferences } from './notification-preferences.js';
import { TestResult } from './notifications-test.js';

type Mine = Schema['MyNotificationsDto'];

/** One's own emails. */
export function MyNotifications(): ReactNode {
  const mine = useQuery({
    queryKey: ['notifications', 'mine'],
    queryFn: () => take(api.GET('/api/v1/me/notifications')),
  });
  if (mine.isPending) return <Loader />;
  if (mine.data === undefined || isRefused(mine.error)) return <Fault error={mine.error} />;
  return <Form key={mine.data.revision} mine={mine.data} />;
}

function Form({ mine }: { mine: Mine }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const { values: own, inherited, mailServer } = mine;
  const [email, setEmail] = useState(own.email ?? '');
  const { values, change } = usePreferences(mine);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const [tested, setTested] = useState<Schema['NotificationTestDto'] | null>(null);
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setError(null);
    setTested(null);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const save = async (): Promise<void> => {
    const body = { ...preferencesBody(values, inherited), email: email || null };
    await take(api.PATCH('/api/v1/me/notifications', { body }));
    notifications.show({ message: t('done'), color: 'teal', closeButtonProps: { 'aria-label': t('close') } });
    await client.invalidateQueries({ queryKey: ['notifications', 'mine'] });
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void attempt(save);
      }}
    >
      <Stack maw={720}>
        {!mailServer && <Alert color="yellow">{t('notifications.noMailServer')}</Alert>}
        <TextInput
          type="email"
          label={t('email')}
          description={t('hint.email')}
          value={email}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
        />
        <PreferenceFields
          label={t('notifications.mine')}
          inherited={inherited}
          values={values}
          onChange={change}
        />
        <Fault error={error} />
        {tested && <TestResult result={tested} />}
        <Group>
          <Button type="submit" loading={busy}>
            {t('change')}
          </Button>
          <Button
            variant="default"
            disabled={busy || own.email === null || !mailServer}
            onClick={() =>
              void attempt(async () => setTested(await take(api.POST('/api/v1/me/notifications/test'))))
            }
          >
            {t('notifications.testMail')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
