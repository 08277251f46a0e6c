import { Badge, Button, Code, Group, Loader, NativeSelect, Table } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { RoleNote, useMay } from '../session.js';
import { Fault, Heading } from '../show.js';
import { useT } from '../texts.js';

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

/** A value as it is typed: JSON, or a word. */
function parse(text: string): unknown {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [layer, setLayer] = useState<Layer>('');
  const [asked, setAsked] = useState<string | null>(null);
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
  const effective = Object.entries(settings.data.effective ?? {});
  return (
    <>
      <Heading title={t('page.settings')} />
      <RoleNote least="admin" />
      <NativeSelect
        label={t('settings.layer')}
        maw={360}
        mb="md"
        value={layer}
        onChange={(event) => setLayer(event.currentTarget.value as Layer)}
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
                <Table.Th scope="row">{key}</Table.Th>
                <Table.Td>
                  <Code>{JSON.stringify(value)}</Code>
                </Table.Td>
                <Table.Td>
                  <Badge variant="default" tt="none">
                    {from}
                  </Badge>
                </Table.Td>
                <Table.Td>
                  {mayManage && (
                    <Group justify="flex-end">
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={`${t('change')} ${key}`}
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
        <FormDialog
          title={asked}
          action="change"
          explain={t('explain.settings')}
          fields={[
            {
              name: 'value',
              label: 'settings.value',
              kind: 'area',
              initial: asText((settings.data.values as Record<string, unknown>)[asked]),
            },
          ]}
          changes={['settings']}
          onClose={() => setAsked(null)}
          onSubmit={({ value = '' }) => save(layer, { [asked]: parse(value) })}
        />
      )}
    </>
  );
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
