import { Alert, Box, Button, Loader, Table, Text, Title } from '@mantine/core';
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useSearchParams } from 'react-router';
import { api, ApiError, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { faultsOf } from '../../forms/form-faults.js';
import { NamedDp, TenantName, useDps } from '../../names.js';
import { PickField } from '../../forms/pick-field.js';
import { RoleNote, useMay, useSession } from '../../session/session.js';
import { Fault, Heading } from '../../show.js';
import { useT } from '../../texts.js';
import {
  GLOBAL_SETTINGS,
  SETTING_GROUPS,
  type SettingGroup,
  type SettingName,
  type Settings as Values,
} from '../../setting-kinds.js';
import { SettingField, settingText } from './settings-fields.js';

type Settings = Schema['SettingsDto'];
type Change = Schema['ChangeSettingsDto'];

/** What holds, and which layer says it. */
type Effective = Partial<Record<SettingName, { value: unknown; from: string }>>;

/** Where a value may be set: everywhere, `tenant:<id>`, `dp:<id>`. */
type Layer = '' | `tenant:${string}` | `dp:${string}`;
/** As a choice: one without a value is none. */
const EVERYWHERE = 'global';
/** Answers about what is not there, or cannot be. */
const NO_SUCH: ReadonlySet<number> = new Set([400, 404, 422]);

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

interface Shown {
  layer: Layer;
  /** Those of another layer until the ones asked for are there. */
  settings: UseQueryResult<Settings>;
  /** What the address asks for in vain; null: what is shown. */
  lost: string | null;
}

/** The settings that the address asks for; of a layer that is none, or is gone, those that count everywhere. */
function useSettings(wanted: string): Shown {
  const isLayer = wanted === '' || /^(?:tenant|dp):[^:]+$/.test(wanted);
  const asked = useQuery({
    queryKey: ['settings', wanted],
    queryFn: () => load(wanted as Layer),
    enabled: isLayer,
  });
  const isGone = asked.error instanceof ApiError && NO_SUCH.has(asked.error.problem.status);
  const isLost = !isLayer || (wanted !== '' && isGone);
  const layer = isLost ? '' : (wanted as Layer);
  const settings = useQuery({
    queryKey: ['settings', layer],
    queryFn: () => load(layer),
    placeholderData: keepPreviousData,
  });
  return { layer, settings, lost: isLost ? wanted : null };
}

/** Whether the settings of a layer count for every tenant, as those of a DP that serves them all. */
function useCountsForAll(layer: Layer): boolean {
  const dps = useDps().data?.items;
  if (layer === '') return true;
  return dps?.find(({ id }) => `dp:${id}` === layer)?.tenant === null;
}

export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const isOwner = useMay('owner');
  const { tenants } = useSession();
  const [params, setParams] = useSearchParams();
  const [asked, setAsked] = useState<SettingName | null>(null);
  const { layer, settings, lost } = useSettings(params.get('layer') ?? '');
  const isOthers = useCountsForAll(layer) && !(isOwner && tenants === 'all');
  const { data, isPlaceholderData: isWaiting } = settings;
  const effective: Effective = data?.effective ?? {};
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
      {lost !== null && (
        <Alert color="yellow" mb="md" role="status">
          {t('settings.noLayer', { layer: lost })}
        </Alert>
      )}
      {mayManage && isOthers && (
        <Text size="sm" mb="sm" role="note">
          {t('settings.ofOwners')}
        </Text>
      )}
      <Fault error={settings.error} />
      {settings.isPending && <Loader />}
      <div aria-busy={isWaiting}>
        {groups.map(({ group, names }) =>
          names.length === 0 ? null : (
            <SettingsGroup key={group} group={group}>
              {names.map((name) => (
                <Row
                  key={name}
                  name={name}
                  value={effective[name]?.value}
                  from={<From layer={effective[name]?.from ?? ''} />}
                  isOwn={data?.values[name] != null}
                  isWaiting={isWaiting}
                  change={mayManage && !isOthers ? () => setAsked(name) : null}
                />
              ))}
            </SettingsGroup>
          ),
        )}
      </div>
      {asked !== null && data && (
        <ChangeSetting
          key={asked}
          name={asked}
          initial={data.values[asked] ?? null}
          save={(body) => save(layer, body)}
          onClose={() => setAsked(null)}
        />
      )}
    </>
  );
}

/** The layer that says a value, by its name. */
function From({ layer }: { layer: string }): ReactNode {
  const t = useT();
  const [kind, id = ''] = layer.split(':');
  if (kind === 'tenant')
    return (
      <>
        {t('tenant')} <TenantName id={id} />
      </>
    );
  if (kind === 'dp') return <NamedDp id={id} />;
  return t(kind === 'global' ? 'settings.global' : 'settings.default');
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
  from: ReactNode;
  /** Whether it is the one that is shown, so that nothing is inherited. */
  isOwn: boolean;
  /** What is shown is of another layer: it cannot be changed as long as that is so. */
  isWaiting: boolean;
  /** Null: nothing to change for this reader. */
  change: (() => void) | null;
}

function Row({ name, value, from, isOwn, isWaiting, change }: RowProps): ReactNode {
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
          <Button
            size="compact-xs"
            variant="default"
            aria-label={`${t('change')} ${label}`}
            disabled={isWaiting}
            onClick={change}
          >
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
  const [error, setError] = useState<string>();
  const submit = async (): Promise<void> => {
    try {
      await send({ [name]: value });
    } catch (failure) {
      const { fields, rest } = faultsOf(failure, [name]);
      setError(fields[name]);
      // the dialog stays open by it; what stands at the field is not said twice
      throw (
        rest ?? (failure instanceof ApiError ? new ApiError({ ...failure.problem, errors: [] }) : failure)
      );
    }
  };
  return (
    <FormDialog
      title={t(`setting.${name}`)}
      action="change"
      explain={
        <>
          <Text size="sm">{t(`settingDoes.${name}`)}</Text>
          <Text size="sm">{t('explain.settings')}</Text>
          <SettingField
            name={name}
            value={value}
            error={error}
            onChange={(next) => {
              setError(undefined);
              setValue(next);
            }}
          />
        </>
      }
      changes={['settings']}
      onClose={onClose}
      onSubmit={submit}
    />
  );
}
