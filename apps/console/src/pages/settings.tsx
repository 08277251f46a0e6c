import { Badge, Button, Group, Loader, NativeSelect, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { RoleNote, useMay } from '../session.js';
import { Fault, Heading } from '../show.js';
import { useT } from '../texts.js';
import { GLOBAL_SETTINGS, type SettingName, type Settings as Values } from '../setting-kinds.js';
import { SettingField, settingText } from './settings-fields.js';

type Settings = Schema['SettingsDto'];
type Change = Schema['ChangeSettingsDto'];

/** Where a value may be set: everywhere, `tenant:<id>`, `dp:<id>`. */
type Layer = '' | `tenant:${string}` | `dp:${string}`;

function load(layer: Layer): Promise<Settings> {
  const [kind, id = ''] = layer.split(':');
  if (kind === 'tenant')
    return take(api.GET('/api/v1/tenants/{tenant}/settings', { params: { path: { tenant: id } } }));
  if (kind === 'dp')
    return take(api.GET('/api/v1/distribution-points/{dp}/settings', { params: { path: { dp: id } } }));
  return take(api.GET('/api/v1/settings'));
}

function save(layer: Layer, body: Change): Promise<Settings> {
  const [kind, id = ''] = layer.split(':');
  if (kind === 'tenant')
    return take(api.PATCH('/api/v1/tenants/{tenant}/settings', { params: { path: { tenant: id } }, body }));
  if (kind === 'dp')
    return take(
      api.PATCH('/api/v1/distribution-points/{dp}/settings', { params: { path: { dp: id } }, body }),
    );
  return take(api.PATCH('/api/v1/settings', { body }));
}

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [params, setParams] = useSearchParams();
  const layer = (params.get('layer') ?? '') as Layer;
  const [asked, setAsked] = useState<SettingName | null>(null);
  const fromText = (from: string): string => {
    const [kind, id] = from.split(':');
    if (kind === 'tenant') return `${t('tenant')} ${id}`;
    if (kind === 'dp') return `DP ${id}`;
    return t(kind === 'global' ? 'settings.global' : 'settings.default');
  };
  const query = { limit: 500 };
  const tenants = useQuery({
    queryKey: ['tenants', 'all'],
    queryFn: () => take(api.GET('/api/v1/tenants', { params: { query } })),
  });
  const dps = useQuery({
    queryKey: ['dps', 'all'],
    queryFn: () => take(api.GET('/api/v1/distribution-points', { params: { query } })),
  });
  const settings = useQuery({ queryKey: ['settings', layer], queryFn: () => load(layer) });
  if (settings.isPending) return <Loader />;
  if (settings.isError) return <Fault error={settings.error} />;
  const known = Object.entries(settings.data.effective ?? {}) as [
    SettingName,
    { value: unknown; from: string },
  ][];
  const effective = known.filter(([name]) => layer === '' || !GLOBAL_SETTINGS.has(name));
  return (
    <>
      <Heading title={t('page.settings')} />
      <RoleNote least="admin" />
      <NativeSelect
        label={t('settings.layer')}
        maw={360}
        mb="md"
        value={layer}
        onChange={({ currentTarget: { value } }) =>
          setParams(value === '' ? {} : { layer: value }, { replace: true })
        }
        data={[
          { value: '', label: t('settings.global') },
          ...(tenants.data?.items ?? []).map(({ id, name }) => ({
            value: `tenant:${id}`,
            label: `${t('tenant')} ${name}`,
          })),
          ...(dps.data?.items ?? []).map(({ id, name }) => ({ value: `dp:${id}`, label: `DP ${name}` })),
        ]}
      />
      <Table.ScrollContainer minWidth={560}>
        <Table aria-label={t('page.settings')}>
          <Table.Tbody>
            {effective.map(([key, { value, from }]) => (
              <Table.Tr key={key}>
                <Table.Th scope="row">{t(`setting.${key}`)}</Table.Th>
                <Table.Td>{settingText(key, value)}</Table.Td>
                <Table.Td>
                  <Badge variant="default" tt="none">
                    {fromText(from)}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  {mayManage && (
                    <Group justify="flex-end">
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`${t('change')} ${t(`setting.${key}`)}`}
                        onClick={() => setAsked(key)}
                      >
                        {t('change')}
                      </Button>
                    </Group>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {asked !== null && (
        <ChangeSetting
          key={asked}
          name={asked}
          initial={settings.data.values[asked] ?? null}
          save={(body) => save(layer, body)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

interface ChangeProps {
  name: SettingName;
  initial: Values[SettingName];
  save: (body: Change) => Promise<unknown>;
  onClose: () => void;
}

function ChangeSetting({ name, initial, save: send, onClose }: ChangeProps): ReactNode {
  const t = useT();
  const [value, setValue] = useState<Values[SettingName]>(initial);
  return (
    <FormDialog
      title={t(`setting.${name}`)}
      action="change"
      explain={
        <>
          <Text size="sm">{t('explain.settings')}</Text>
          <SettingField name={name} value={value} onChange={setValue} />
        </>
      }
      changes={['settings']}
      onClose={onClose}
      onSubmit={() => send({ [name]: value })}
    />
  );
}
