import { Alert, Anchor, Badge, Button, Card, Group, Loader, SimpleGrid, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { EnterAgain } from '../../forms/account-secret.js';
import { Fingerprint } from '../../fingerprint.js';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode, WithCodes } from '../../codes.js';
import { Facts } from '../../facts.js';
import { TenantName } from '../../names.js';
import { useMay } from '../../session/session.js';
import { Age, Fault, Heading, NotShown, State, Time, WARNING } from '../../show.js';
import type { SettingName } from '../../setting-kinds.js';
import { language, named, useT } from '../../texts.js';
import { useDpActions } from './distribution-point-actions.js';
import { Machines } from './distribution-point-machines.js';
import { settingText } from '../settings/settings-fields.js';

type Dp = Schema['DistributionPointDto'];
type Overview = Schema['DpOverviewDto'];
type Account = Schema['DpAccountDto'];

export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const mayManage = useMay('admin');
  const actions = useDpActions();
  const params = { path: { dp: id } };
  const dp = useQuery({
    queryKey: ['dps', 'one', id],
    queryFn: () => take(api.GET('/api/v1/distribution-points/{dp}', { params })),
  });
  const overview = useQuery({
    queryKey: ['dps', 'overview', id],
    queryFn: () => take(api.GET('/api/v1/distribution-points/{dp}/overview', { params })),
  });
  if (dp.isPending) return <Loader />;
  if (dp.data === undefined || isRefused(dp.error))
    return <NotShown error={dp.error} heading={t('page.dps')} back="/distribution-points" />;
  return (
    <>
      <Heading
        title={dp.data.name}
        note={
          <>
            <State of={dp.data.state} />
            {dp.data.overdue && <Badge {...WARNING}>{t('overdue')}</Badge>}
          </>
        }
        of={{ path: '/distribution-points', name: 'page.dps' }}
      >
        {mayManage &&
          (['joinToken', 'change'] as const).map((what) => (
            <Button
              key={what}
              // as long as there is no machine, that is what is to be done
              variant={what === 'joinToken' && dp.data.keyFingerprint === null ? 'filled' : 'default'}
              onClick={() => actions.ask({ what, dp: dp.data })}
            >
              {t(what)}
            </Button>
          ))}
        {mayManage && actions.buttons(dp.data)}
      </Heading>
      {actions.dialogs}
      {dp.data.alerts.map(({ code, text }) => (
        <Alert key={code} color="yellow" mb="md">
          <WithCodes text={text} /> <SmallCode of={code} />
        </Alert>
      ))}
      <SimpleGrid cols={{ base: 1, sm: 2 }} mb="lg">
        <Health dp={dp.data} clock={overview.data?.clock ?? null} />
        <Work dp={dp.data} />
        <Machines dp={dp.data} />
        {overview.data && (
          <>
            <Accounts of={overview.data.accounts} />
            <Counts dp={dp.data.id} overview={overview.data} />
          </>
        )}
        <Settings dp={dp.data.id} />
        {overview.data && <Rules of={overview.data.locationRules} dp={dp.data.id} />}
      </SimpleGrid>
      {overview.isError && <Fault error={overview.error} />}
    </>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <Card withBorder component="section" aria-label={title}>
      <Title order={3} size="h5" mb="xs">
        {title}
      </Title>
      {children}
    </Card>
  );
}

function Health({ dp, clock }: { dp: Dp; clock: Overview['clock'] }): ReactNode {
  const t = useT();
  const { agent } = dp;
  return (
    <Part title={t('dp.health')}>
      <Facts
        facts={[
          ['ID', <SmallCode key="id" of={dp.id} />],
          [t('tenant'), <TenantName key="tenant" id={dp.tenant} />],
          [
            t('lastSeen'),
            <>
              <Time at={dp.lastSeen} />
              {dp.lastSeen !== null && (
                <>
                  {' ('}
                  <Age at={dp.lastSeen} />)
                </>
              )}
            </>,
          ],
          [t('address'), dp.address ?? '–'],
          [t('dp.clock'), clock === null ? t('dp.clock.well') : t('dp.clock.off', { seconds: clock.off })],
          [t('dp.agentVersion'), agent?.version ?? '–'],
          [t('dp.agentWanted'), <WantedAgent key="wanted" dp={dp} />],
          [t('dp.host'), agent === null ? '–' : `${agent.hostname}, ${agent.os}`],
          [t('dp.methodsOf'), agent?.methods?.join(', ') ?? '–'],
          [t('fingerprint'), <Fingerprint key="fingerprint" of={dp.keyFingerprint} />],
        ]}
      />
    </Part>
  );
}

/** The version that the agent is to bring itself to, and what has become of that. */
function WantedAgent({ dp: { agent, wantedAgentVersion } }: { dp: Dp }): ReactNode {
  const t = useT();
  const update = agent?.update ?? null;
  if (wantedAgentVersion === null) return t('dp.agentStays');
  if (update === null) return wantedAgentVersion;
  const { version, state, code, text } = update;
  const reason = text === null ? (code ?? '') : `${text}${code === null ? '' : ` (${code})`}`;
  return <WithCodes text={`${wantedAgentVersion} (${t(`dp.update.${state}`, { version, reason })})`} />;
}

function Work({ dp: { id, queue, orders } }: { dp: Dp }): ReactNode {
  const t = useT();
  const list = (state: string, count: number): ReactNode => (
    <Anchor component={Link} to={`/orders?dp=${id}&state=${state}`} size="sm">
      {count.toLocaleString(language())}
    </Anchor>
  );
  return (
    <Part title={t('page.orders')}>
      <Facts
        facts={[
          [t('queue'), queue === null ? '–' : t('dp.queueOf', { ready: queue.ready, taken: queue.unacked })],
          [t('dp.openOrders'), orders.open.toLocaleString(language())],
          [t('state.running'), list('running', orders.running)],
          [t('state.failed'), list('failed', orders.failed)],
        ]}
      />
      <Group mt="sm">
        <Anchor component={Link} to={`/orders?dp=${id}`} size="sm">
          {t('dp.allOrders')}
        </Anchor>
        <Anchor component={Link} to={`/audit?target=dp:${id}`} size="sm">
          {t('page.audit')}
        </Anchor>
      </Group>
    </Part>
  );
}

function Accounts({ of }: { of: readonly Account[] }): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [entered, setEntered] = useState<Account | null>(null);
  return (
    <Part title={t('page.accounts')}>
      {of.length === 0 && <Text size="sm">{t('dp.noAccounts')}</Text>}
      <Facts
        facts={of.map((account) => [
          account.label,
          account.sealed ? (
            t('dp.sealed')
          ) : (
            <Group key={account.id} gap="xs">
              {t('dp.notSealed')}
              {mayManage && (
                <Button
                  size="compact-xs"
                  aria-label={`${t('enterAgain')} ${account.label}`}
                  onClick={() => setEntered(account)}
                >
                  {t('enterAgain')}
                </Button>
              )}
            </Group>
          ),
        ])}
      />
      {entered && <EnterAgain account={entered} onClose={() => setEntered(null)} />}
    </Part>
  );
}

function Counts({ dp, overview: { computers, failures } }: { dp: string; overview: Overview }): ReactNode {
  const t = useT();
  return (
    <Part title={t('page.computers')}>
      {computers.length === 0 && <Text size="sm">{t('dp.noComputers')}</Text>}
      <Facts
        facts={computers.map(({ state, count }) => [
          named('state', state),
          <Anchor key={state} component={Link} to={`/computers?folder=all&dp=${dp}&state=${state}`} size="sm">
            {count.toLocaleString(language())}
          </Anchor>,
        ])}
      />
      {failures.length > 0 && (
        <>
          <Title order={4} size="h6" mt="md" mb="xs">
            {t('dp.failures')}
          </Title>
          <Facts
            facts={failures.map(({ code, count }) => [
              named('failed', code),
              <Group key={code} gap="xs">
                <Anchor component={Link} to={`/orders?dp=${dp}&failure=${code}`} size="sm">
                  {count.toLocaleString(language())}
                </Anchor>
                <SmallCode of={code} />
              </Group>,
            ])}
          />
        </>
      )}
    </Part>
  );
}

/** What counts for the DP, and where each value comes from. */
function Settings({ dp }: { dp: string }): ReactNode {
  const t = useT();
  const settings = useQuery({
    queryKey: ['settings', 'of', dp],
    queryFn: () => take(api.GET('/api/v1/distribution-points/{dp}/settings', { params: { path: { dp } } })),
  });
  const effective = Object.entries(settings.data?.effective ?? {}) as [
    SettingName,
    { value: unknown; from: string },
  ][];
  return (
    <Part title={t('page.settings')}>
      {settings.isError && <Fault error={settings.error} />}
      <Facts
        facts={effective.map(([name, { value, from }]) => [
          t(`setting.${name}`),
          <span key={name} title={from}>
            {settingText(name, value)}
          </span>,
        ])}
      />
      <Anchor component={Link} to={`/settings?layer=dp:${dp}`} size="sm">
        {t('change')}
      </Anchor>
    </Part>
  );
}

function Rules({ of, dp }: { of: Overview['locationRules']; dp: string }): ReactNode {
  const t = useT();
  return (
    <Part title={t('page.locationRules')}>
      <Text size="sm">{of.length === 0 ? t('dp.noRules') : t('dp.rules', { count: of.length })}</Text>
      <Anchor component={Link} to={`/location-rules?dp=${dp}`} size="sm">
        {t('page.locationRules')}
      </Anchor>
    </Part>
  );
}
