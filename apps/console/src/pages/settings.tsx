import { Box, Button, Loader, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { api, take, type Schema } from '../api.js';
import { FormDialog } from '../dialogs.js';
import { PickField } from '../pick-field.js';
import { RoleNote, useMay } from '../session.js';
import { Fault, Heading } from '../show.js';
import { useT } from '../texts.js';
import {
  GLOBAL_SETTINGS,
  SETTING_GROUPS,
  type SettingGroup,
  type SettingName,
  type Settings as Values,
} from '../setting-kinds.js';
import { SettingField, settingText } from './settings-fields.js';

type Settings = Schema['SettingsDto'];
type Change = Schema['ChangeSettingsDto'];

/** What holds, and which layer says it. */
type Effective = Partial<Record<SettingName, { value: unknown; from: string }>>;

/** Where a value may be set: everywhere, `tenant:<id>`, `dp:<id>`. */
type Layer = '' | `tenant:${string}` | `dp:${string}`;
/** As a choice: one without a value is none. */
const EVERYWHERE = 'global';

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
  const settings = useQuery({ queryKey: ['settings', layer], queryFn: () => load(layer) });
  if (settings.isPending) return <Loader />;
  if (settings.isError) return <Fault error={settings.error} />;
  const { values } = settings.data;
  const effective: Effective = settings.data.effective ?? {};
  const groups = (Object.keys(SETTING_GROUPS) as SettingGroup[]).map((group) => ({
    group,
    names: SETTING_GROUPS[group].filter(
      (name: SettingName) => name in effective && (layer === '' || !GLOBAL_SETTINGS.has(name)),
    ),
  }));
  return (
    <>
      <Heading title={t('page.settings')} />
      <RoleNote least="admin" />
      <Box maw={360} mb="md">
        <PickField
          of="settingsLayer"
          label={t('settings.layer')}
          value={layer === '' ? EVERYWHERE : layer}
          first={[{ value: EVERYWHERE, label: t('settings.global') }]}
          onChange={(value) => setParams(value === EVERYWHERE ? {} : { layer: value }, { replace: true })}
        />
      </Box>
      {groups.map(({ group, names }) =>
        names.length === 0 ? null : (
          <SettingsGroup key={group} group={group}>
            {names.map((name) => (
              <Row
                key={name}
                name={name}
                value={effective[name]?.value}
                from={fromText(effective[name]?.from ?? '')}
                isOwn={values[name] != null}
                change={mayManage ? () => setAsked(name) : null}
              />
            ))}
          </SettingsGroup>
        ),
      )}
      {asked !== null && (
        <ChangeSetting
          key={asked}
          name={asked}
          initial={values[asked] ?? null}
          save={(body) => save(layer, body)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

function SettingsGroup({ group, children }: { group: SettingGroup; children: ReactNode }): ReactNode {
  const t = useT();
  return (
    <section>
      <Title order={2} size="h4" mt="lg" mb="xs">
        {t(`settingGroup.${group}`)}
      </Title>
      <Table aria-label={t(`settingGroup.${group}`)} verticalSpacing={8} withTableBorder layout="fixed">
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </section>
  );
}

interface RowProps {
  name: SettingName;
  value: unknown;
  /** Which layer says it. */
  from: string;
  /** Whether it is the one that is shown, so that nothing is inherited. */
  isOwn: boolean;
  /** Null: nothing to change for this reader. */
  change: (() => void) | null;
}

function Row({ name, value, from, isOwn, change }: RowProps): ReactNode {
  const t = useT();
  const label = t(`setting.${name}`);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={600} w="45%" style={{ hyphens: 'auto' }}>
        {label}
        <Text size="xs" c="dimmed" fw={400}>
          {t(`settingDoes.${name}`)}
        </Text>
      </Table.Th>
      <Table.Td style={{ overflowWrap: 'anywhere', hyphens: 'auto' }}>
        <Text span size="sm" fw={isOwn ? 600 : 400}>
          {settingText(name, value)}
        </Text>{' '}
        <Text size="xs" c="dimmed">
          {from}
        </Text>
      </Table.Td>
      {change && (
        <Table.Td w={96} ta="right">
          <Button size="compact-xs" variant="default" aria-label={`${t('change')} ${label}`} onClick={change}>
            {t('change')}
          </Button>
        </Table.Td>
      )}
    </Table.Tr>
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
          <Text size="sm">{t(`settingDoes.${name}`)}</Text>
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
