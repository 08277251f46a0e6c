import { Alert, Badge, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { NamedDp } from '../../names.js';
import { WHOLE } from '../../show.js';
import { useT } from '../../texts.js';
import { RuleExplain, type ExplainField } from './rule-explain.js';
import { locationFieldsOf } from './rule-explain-from.js';

type Location = Schema['ExplainLocationDto']['location'];
type Name = 'addresses' | 'gatewayIp' | 'gatewayMac' | 'dnsSuffix' | 'adSite' | 'publicAddress';

const FIELDS: readonly ExplainField<Name>[] = [
  { name: 'addresses', label: 'explain.addresses', placeholder: '10.1.2.3/24' },
  { name: 'gatewayIp', label: 'criterion.gatewayIp' },
  { name: 'gatewayMac', label: 'criterion.gatewayMac' },
  { name: 'dnsSuffix', label: 'criterion.dnsSuffix' },
  { name: 'adSite', label: 'criterion.adSite' },
  { name: 'publicAddress', label: 'explain.publicAddress' },
];

/** Asks what the rules make of a client at some place, and shows the reason. */
export function ExplainLocation({ onClose }: { onClose: () => void }): ReactNode {
  return (
    <RuleExplain
      title="explain.location"
      fields={FIELDS}
      fieldsOf={locationFieldsOf}
      ask={(tenant, values) =>
        take(api.POST('/api/v1/location-rules/explain', { body: { tenant, location: locationFrom(values) } }))
      }
      show={(explanation) => <Steps of={explanation} />}
      onClose={onClose}
    />
  );
}

function Steps({ of: { rules, winner, text } }: { of: Schema['LocationExplanationDto'] }): ReactNode {
  const t = useT();
  return (
    <>
      <Alert
        color={winner ? 'teal' : 'blue'}
        role="status"
        title={winner ? <NamedDp id={winner.dp} /> : t('explain.noDp')}
      >
        {text}
      </Alert>
      <Table.ScrollContainer minWidth={500}>
        <Table aria-label={t('page.locationRules')}>
          <Table.Tbody>
            {rules.map(({ rule, name, dp, priority, matched, serves, failed }) => (
              <Table.Tr key={rule}>
                <Table.Td>{priority}</Table.Td>
                <Table.Td>{name ?? '–'}</Table.Td>
                <Table.Td>
                  <NamedDp id={dp} />
                </Table.Td>
                <Table.Td>
                  <Badge variant="dot" color={matched && serves ? 'teal' : 'gray'} style={WHOLE}>
                    {t(matched ? (serves ? 'explain.matched' : 'explain.notServing') : 'explain.notMatched')}
                  </Badge>
                </Table.Td>
                <Table.Td>{failed?.text ?? ''}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}

function locationFrom(values: Partial<Record<Name, string>>): Location {
  const { addresses = '', gatewayIp, gatewayMac, dnsSuffix, adSite, publicAddress } = values;
  return {
    addresses: addresses.split(/[\s,;]+/).filter((one) => one !== ''),
    gateway: gatewayIp || gatewayMac ? { ip: gatewayIp ?? '', mac: gatewayMac ?? '' } : null,
    dnsSuffix: dnsSuffix || null,
    adSite: adSite || null,
    publicAddress: publicAddress || null,
  };
}
