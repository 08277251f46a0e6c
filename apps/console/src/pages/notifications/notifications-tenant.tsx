import { Button, Group, Loader, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { useTenants } from '../../names.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { PreferenceFields, preferencesBody, usePreferences } from './notification-preferences.js';

/** What the users of a tenant get by mail unless they chose otherwise. */
export function TenantNotifications(): ReactNode {
  const t = useT();
  const [params, setParams] = useSearchParams();
  const tenants = useTenants();
  const items = tenants.data?.items ?? [];
  const tenant = params.get('tenant') ?? items[0]?.id;
  const preferences = useQuery({
    queryKey: ['notifications', 'tenant', tenant],
    queryFn: () =>
      take(api.GET('/api/v1/tenants/{tenant}/notifications', { params: { path: { tenant: tenant ?? '' } } })),
    enabled: tenant !== undefined,
  });
  return (
    <Stack maw={720}>
      <Text size="sm">{t('explain.notifications.tenants')}</Text>
      <Fault error={tenants.error ?? preferences.error} />
      <NativeSelect
        label={t('tenant')}
        maw={360}
        value={tenant ?? ''}
        onChange={({ currentTarget: { value } }) =>
          setParams({ view: 'tenants', tenant: value }, { replace: true })
        }
        data={items.map(({ id, name }) => ({ value: id, label: name }))}
      />
      {preferences.isPending && tenants.error === null && <Loader />}
      {tenant !== undefined && preferences.data && (
        <Form key={`${tenant} ${preferences.data.revision}`} tenant={tenant} shown={preferences.data} />
      )}
    </Stack>
  );
}

function Form({ tenant, shown }: { tenant: string; shown: Schema['TenantNotificationsDto'] }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const { values, change } = usePreferences(shown);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      await take(
        api.PATCH('/api/v1/tenants/{tenant}/notifications', {
          params: { path: { tenant } },
          body: preferencesBody(values, shown.inherited),
        }),
      );
      notifications.show({
        message: t('done'),
        color: 'teal',
        closeButtonProps: { 'aria-label': t('close') },
      });
      await client.invalidateQueries({ queryKey: ['notifications'] });
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void save();
      }}
    >
      <Stack>
        <PreferenceFields
          label={t('notifications.tenants')}
          inherited={shown.inherited}
          values={values}
          onChange={change}
        />
        <Fault error={error} />
        <Group>
          <Button type="submit" loading={busy}>
            {t('change')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
