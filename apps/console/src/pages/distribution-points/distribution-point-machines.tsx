import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { EnterAgain } from '../../forms/account-secret.js';
import { Fingerprint } from '../../fingerprint.js';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { SmallCode } from '../../codes.js';
import { Facts } from '../../facts.js';
import { type InstallLine, InstallLines } from '../../install-lines.js';
import { useMay } from '../../session/session.js';
import { Age, State, WARNING } from '../../show.js';
import { useT } from '../../texts.js';

type Dp = Schema['DistributionPointDto'];
type Machine = Schema['DpMachineDto'];
type Asked = { what: 'add' } | { what: 'enable' | 'remove'; machine: Machine };

/** The machines that work as a DP, each with what keeps it from working. */
export function Machines({ dp }: { dp: Dp }): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [lines, setLines] = useState<readonly InstallLine[] | null>(null);
  const [entered, setEntered] = useState<Machine['accountsToEnter'][number] | null>(null);
  const { machines } = dp;
  return (
    <Card withBorder component="section" aria-label={t('dp.machines')}>
      <Title order={3} size="h5" mb="xs">
        {t('dp.machines')}
      </Title>
      <Stack>
        {machines.length === 0 && <Text size="sm">{t('dp.noMachine')}</Text>}
        {machines.map((machine) => (
          <div key={machine.id}>
            <Group gap="xs" mb={4}>
              <Text size="sm" fw={600}>
                {machine.agent?.hostname ?? <SmallCode of={machine.id} />}
              </Text>
              <State of={machine.state} />
              {machine.overdue && <Badge {...WARNING}>{t('overdue')}</Badge>}
              {machine.idle && <Badge {...WARNING}>{t('dp.machineIdle')}</Badge>}
            </Group>
            <Facts
              facts={[
                [t('lastSeen'), <Age key="seen" at={machine.lastSeen} />],
                [t('address'), machine.address ?? '–'],
                [t('version'), machine.agent?.version ?? '–'],
                [
                  t('dp.clock'),
                  machine.clockOff === null
                    ? t('dp.clock.well')
                    : t('dp.clock.off', { seconds: machine.clockOff }),
                ],
                [t('fingerprint'), <Fingerprint key="fingerprint" of={machine.keyFingerprint} />],
              ]}
            />
            {mayManage && (
              <Group gap="xs" mt="xs">
                {machine.state === 'pending' && dp.state === 'enabled' && (
                  <Button
                    size="compact-xs"
                    aria-label={`${t('enable')} ${machine.agent?.hostname ?? machine.id}`}
                    onClick={() => setAsked({ what: 'enable', machine })}
                  >
                    {t('enable')}
                  </Button>
                )}
                {machine.accountsToEnter.map((account) => (
                  <Button
                    key={account.id}
                    size="compact-xs"
                    variant="default"
                    onClick={() => setEntered(account)}
                  >{`${t('enterAgain')}: ${account.label}`}</Button>
                ))}
                {machines.length > 1 && (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={`${t('dp.removeMachine')} ${machine.agent?.hostname ?? machine.id}`}
                    onClick={() => setAsked({ what: 'remove', machine })}
                  >
                    {t('dp.removeMachine')}
                  </Button>
                )}
              </Group>
            )}
          </div>
        ))}
        {mayManage && machines.length === 1 && (
          <Group>
            <Button size="compact-sm" variant="default" onClick={() => setAsked({ what: 'add' })}>
              {t('dp.addMachine')}
            </Button>
          </Group>
        )}
      </Stack>
      {asked && <Ask dp={dp} asked={asked} onClose={() => setAsked(null)} onJoinable={setLines} />}
      {lines && <InstallLines lines={lines} onClose={() => setLines(null)} />}
      {entered && <EnterAgain account={entered} onClose={() => setEntered(null)} />}
    </Card>
  );
}

interface AskProps {
  dp: Dp;
  asked: Asked;
  onClose: () => void;
  onJoinable: (lines: readonly InstallLine[] | null) => void;
}

function Ask({ dp, asked, onClose, onJoinable }: AskProps): ReactNode {
  const t = useT();
  const params = { path: { dp: dp.id } };
  if (asked.what === 'add')
    return (
      <FormDialog
        title={t('dp.addMachine')}
        action="dp.addMachine"
        explain={<Text size="sm">{t('explain.dp.addMachine')}</Text>}
        fields={[]}
        changes={['dps']}
        onClose={onClose}
        onSubmit={async () => {
          const made = await take(api.POST('/api/v1/distribution-points/{dp}/machines', { params }));
          onJoinable(made.installLines ?? null);
        }}
      />
    );
  const { what, machine } = asked;
  const name = machine.agent?.hostname ?? machine.id;
  if (what === 'enable')
    return (
      <FormDialog
        title={`${t('enable')}: ${name}`}
        action="enable"
        explain={
          <>
            <Text size="sm">{t('explain.dp.enable')}</Text>
            <Fingerprint of={machine.keyFingerprint} block />
          </>
        }
        fields={[]}
        changes={['dps', 'overview', 'orders']}
        onClose={onClose}
        onSubmit={async () => {
          const { keyFingerprint } = machine;
          await take(
            api.POST('/api/v1/distribution-points/{dp}/enable', { params, body: { keyFingerprint } }),
          );
        }}
      />
    );
  return (
    <FormDialog
      title={`${t('dp.removeMachine')}: ${name}`}
      action="dp.removeMachine"
      danger
      explain={<Text size="sm">{t('explain.dp.removeMachine')}</Text>}
      fields={[]}
      changes={['dps', 'overview']}
      onClose={onClose}
      onSubmit={async () => {
        const path = { dp: dp.id, machine: machine.id };
        await take(api.DELETE('/api/v1/distribution-points/{dp}/machines/{machine}', { params: { path } }));
      }}
    />
  );
}
