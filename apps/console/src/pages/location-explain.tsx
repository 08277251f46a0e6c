import { Alert, Badge, Button, Group, Modal, NativeSelect, Stack, Table, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { Fault } from '../show.js';
import { type TextKey, useT } from '../texts.js';

type Location = Schema['ExplainLocationDto']['location'];
const FIELDS = ['addresses', 'gatewayIp', 'gatewayMac', 'dnsSuffix', 'adSite', 'publicAddress'] as const;
const LABELS = {
  addresses: 'explain.addresses',
  gatewayIp: 'criterion.gatewayIp',
  gatewayMac: 'criterion.gatewayMac',
  dnsSuffix: 'criterion.dnsSuffix',
  adSite: 'criterion.adSite',
  publicAddress: 'explain.publicAddress',
} as const satisfies Record<(typeof FIELDS)[number], TextKey>;

/** Asks what the rules make of a client at some place, and shows the reason. */
export function ExplainLocation({ onClose }: { onClose: () => void }): ReactNode {
  const t = useT();
  const [values, setValues] = useState<Partial<Record<(typeof FIELDS)[number], string>>>({});
  const [tenant, setTenant] = useState('');
  const tenants = useQuery({
    queryKey: ['tenants', 'all'],
    queryFn: () => take(api.GET('/api/v1/tenants', { params: { query: { limit: 500 } } })),
  });
  const chosen = tenant || (tenants.data?.items[0]?.id ?? '');
  const explain = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/location-rules/explain', {
          body: { tenant: chosen, location: locationFrom(values) },
        }),
      ),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    explain.mutate();
  };
  const { rules = [], winner, text } = explain.data ?? {};
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t('explain.location')}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <Group grow align="start">
            <NativeSelect
              label={t('tenant')}
              value={chosen}
              onChange={(event) => setTenant(event.currentTarget.value)}
              data={(tenants.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
            />
            <TextInput
              label={t(LABELS.addresses)}
              placeholder="10.1.2.3/24"
              value={values.addresses ?? ''}
              onChange={(event) => setValues({ ...values, addresses: event.currentTarget.value })}
            />
          </Group>
          <Group grow align="start">
            {FIELDS.slice(1).map((name) => (
              <TextInput
                key={name}
                label={t(LABELS[name])}
                value={values[name] ?? ''}
                onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
              />
            ))}
          </Group>
          <Group justify="flex-end">
            <Button type="submit" loading={explain.isPending}>
              {t('explain')}
            </Button>
          </Group>
          <Fault error={explain.error} />
          {explain.data && (
            <>
              <Alert
                color={winner ? 'teal' : 'blue'}
                role="status"
                title={winner ? `DP ${winner.dp}` : t('explain.noDp')}
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
                        <Table.Td>{`DP ${dp}`}</Table.Td>
                        <Table.Td>
                          <Badge variant="dot" color={matched && serves ? 'teal' : 'gray'} tt="none">
                            {t(
                              matched
                                ? serves
                                  ? 'explain.matched'
                                  : 'explain.notServing'
                                : 'explain.notMatched',
                            )}
                          </Badge>
                        </Table.Td>
                        <Table.Td>{failed?.text ?? ''}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Table.ScrollContainer>
            </>
          )}
        </Stack>
      </form>
    </Modal>
  );
}

function locationFrom(values: Partial<Record<(typeof FIELDS)[number], string>>): Location {
  const { addresses = '', gatewayIp, gatewayMac, dnsSuffix, adSite, publicAddress } = values;
  return {
    addresses: addresses.split(/[\s,;]+/).filter((one) => one !== ''),
    gateway: gatewayIp || gatewayMac ? { ip: gatewayIp ?? '', mac: gatewayMac ?? '' } : null,
    dnsSuffix: dnsSuffix || null,
    adSite: adSite || null,
    publicAddress: publicAddress || null,
  };
}
