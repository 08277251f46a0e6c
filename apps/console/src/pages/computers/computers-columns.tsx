import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { FailureName, SmallCode } from '../../codes.js';
import type { Column } from '../../lists/list.js';
import { MaybeDp, TenantName } from '../../names.js';
import { Age, State } from '../../show.js';
import { useT } from '../../texts.js';

type Computer = Schema['ComputerDto'];

/** What the list of computers can show of each. */
export const COMPUTER_COLUMNS: readonly Column<Computer>[] = [
  {
    title: 'name',
    sort: 'name',
    width: 1.5,
    cell: ({ id, hostName, fqdn }) => (
      <Anchor component={Link} to={`/computers/${id}`} size="sm" title={fqdn ?? hostName}>
        {hostName}
      </Anchor>
    ),
  },
  { title: 'state', sort: 'state', width: 2.4, cell: ({ state }) => <State of={state} /> },
  { title: 'failure', isLong: true, width: 2, cell: (computer) => <Why of={computer} /> },
  { title: 'dp', cell: ({ dp: { fixed, assigned } }) => <MaybeDp id={fixed ?? assigned} /> },
  { title: 'address', sort: 'address', width: 1.3, cell: ({ address, fqdn }) => address ?? fqdn ?? '–' },
  { title: 'tenant', sort: 'tenant', hidden: true, cell: ({ tenant }) => <TenantName id={tenant} /> },
  { title: 'age', sort: 'status', width: 1, cell: ({ status }) => <Age at={status.at} /> },
  { title: 'source', width: 1.3, hidden: true, cell: ({ status }) => <Source of={status.source} /> },
  { title: 'os', sort: 'os', width: 1.6, hidden: true, cell: ({ inventory }) => inventory.os ?? '–' },
  {
    title: 'client',
    sort: 'clientVersion',
    width: 0.8,
    hidden: true,
    cell: ({ client }) => client?.version ?? '–',
  },
  {
    title: 'lastContact',
    sort: 'lastContact',
    hidden: true,
    cell: ({ client }) => <Age at={client?.lastContact} />,
  },
  {
    title: 'createdAt',
    sort: 'createdAt',
    width: 1.2,
    hidden: true,
    cell: ({ createdAt }) => <Age at={createdAt} />,
  },
  {
    title: 'description',
    isLong: true,
    width: 1.6,
    hidden: true,
    cell: ({ inventory }) => inventory.description ?? '–',
  },
];

function Source({ of }: { of: Computer['status']['source'] }): ReactNode {
  const t = useT();
  return t(`source.${of}`);
}

/** Why somebody has to look at it: what the installation failed with, else what it is warned of. */
function Why({ of: { failure, alerts } }: { of: Computer }): ReactNode {
  const [alert] = alerts;
  if (failure) return <FailureName code={failure} />;
  if (alert === undefined) return '–';
  return (
    <>
      {alert.text} <SmallCode of={alert.code} />
    </>
  );
}
