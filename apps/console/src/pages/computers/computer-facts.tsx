import { Anchor, Card, SimpleGrid } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { SmallCode } from '../../codes.js';
import { Facts } from '../../facts.js';
import { DpName, NamedDp, TenantName } from '../../names.js';
import { Age, Time } from '../../show.js';
import { named, useT } from '../../texts.js';

type Computer = Schema['ComputerDto'];
type Order = Schema['OrderDto'];

const INSTALLING: ReadonlySet<string> = new Set(['install-client', 'reinstall']);

interface Props {
  computer: Computer;
  /** Its last one, or the open one. */
  order: Order | undefined;
}

/** What is known of a computer, and where it comes from. */
export function ComputerFacts({ computer, order }: Props): ReactNode {
  const t = useT();
  const { dp, status, origin } = computer;
  // with the registration the fixed DP is lifted, and nothing else says by then where it came from
  const installedBy = order?.state === 'succeeded' && INSTALLING.has(order.kind) ? order.dp : null;
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} mb="lg">
      <Card withBorder>
        <Facts
          facts={[
            ['FQDN', computer.fqdn ?? '–'],
            [t('address'), computer.address ?? '–'],
            [t('description'), computer.inventory.description ?? '–'],
            [t('tenant'), <TenantName key="tenant" id={computer.tenant} />],
            [t('dp.fixed'), <Dp key="fixed" id={dp.fixed} />],
            [t('dp.assigned'), <Dp key="assigned" id={dp.assigned} />],
            ...(installedBy
              ? [[t('dp.installedBy'), <Dp key="installedBy" id={installedBy} />] as const]
              : []),
            ...(origin ? [[t('dp.chosenBy'), <ChosenBy key="by" of={origin.chosenBy} />] as const] : []),
          ]}
        />
      </Card>
      <Card withBorder>
        <Facts
          facts={[
            [
              t('since'),
              <>
                <Time at={status.at} exact /> (<Age at={status.at} />)
              </>,
            ],
            [t('source'), t(`source.${status.source}`)],
            [t('client'), computer.client?.version ?? '–'],
            [t('lastContact'), <Time key="contact" at={computer.client?.lastContact} />],
            [t('os'), computer.inventory.os ?? '–'],
            [t('lastProbe'), <LastProbe key="probe" of={computer.lastProbe} />],
            [t('computer.import'), <Origin key="import" of={origin} />],
          ]}
        />
      </Card>
    </SimpleGrid>
  );
}

function Dp({ id }: { id: string | null }): ReactNode {
  if (id === null) return '–';
  return (
    <Anchor component={Link} to={`/distribution-points/${id}`} size="sm">
      <DpName id={id} />
    </Anchor>
  );
}

/** The rule, or what else said by which DP it is to be installed. */
function ChosenBy({ of }: { of: NonNullable<Computer['origin']>['chosenBy'] }): ReactNode {
  const t = useT();
  if (of === null) return '–';
  const { by, rule, name, value } = of;
  const said = [name, value].filter((one) => one !== null).join(': ');
  const words = said === '' ? t(`assignment.by.${by}`) : `${t(`assignment.by.${by}`)}: ${said}`;
  if (rule === null) return words;
  return (
    <Anchor component={Link} to="/assignment-rules" size="sm">
      {words}
    </Anchor>
  );
}

function Origin({ of }: { of: Computer['origin'] }): ReactNode {
  const t = useT();
  if (!of) return '–';
  return (
    <Anchor component={Link} to={`/imports/${of.import}`} size="sm">
      {`${of.file ?? t('import.directory')}, ${t('import.line', { line: of.line })}`}
    </Anchor>
  );
}

/** What the last look at its reachability found. */
function LastProbe({ of }: { of: Computer['lastProbe'] }): ReactNode {
  const t = useT();
  const isOk = of?.result === 'OK';
  if (of === null) return '–';
  return (
    <>
      <Anchor component={Link} to={`/orders/${of.order}`} size="sm" underline="always">
        {isOk ? t('probe.ok') : named('failed', of.result)}
      </Anchor>{' '}
      (<NamedDp id={of.dp} />, <Age at={of.at} />)
      {!isOk && (
        <>
          {' '}
          <SmallCode of={of.result} />
        </>
      )}
    </>
  );
}
