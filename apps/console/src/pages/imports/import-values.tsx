import { Button, Group, Table, Text } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { DpName, useDps } from '../../names.js';
import { PickField } from '../../forms/pick-field.js';
import { named } from '../../forms/pick-options.js';
import { Count } from '../../show.js';
import { useT } from '../../texts.js';
import { REJECT, SERVER, targetOf, type Chosen } from './import-choices.js';

type Value = Schema['ColumnValueDto'];

interface Props {
  values: readonly Value[];
  goesTo: (value: Value) => string;
  /** What becomes of rows whose value has no DP. */
  none: 'mapping.noneRejected' | 'mapping.noneRules';
  /** Nobody may choose any more when it is missing. */
  onChoose?: (more: Chosen) => void;
}

/** The values of a column, those without a DP first: how many rows have each, which DP they get, and why that one. */
export function ValueTable({ values, goesTo, none, onChoose }: Props): ReactNode {
  const t = useT();
  const labels = useDpLabels(values);
  const unknown = values.filter((one) => targetOf(one) === '');
  const rows = [...unknown, ...values.filter((one) => targetOf(one) !== '')];
  return (
    <Table.ScrollContainer minWidth={560} mah={400} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={t('mapping.title')} stickyHeader verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('mapping.value')}</Table.Th>
            <Table.Th ta="right">{t('rows')}</Table.Th>
            <Table.Th>{t('dp')}</Table.Th>
            <Table.Th>{t('mapping.by')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((one) => (
            <Table.Tr key={one.value}>
              <Table.Td>{one.value}</Table.Td>
              <Table.Td ta="right">
                <Count of={one.rows} />
              </Table.Td>
              <Table.Td miw={220}>
                {onChoose ? (
                  <PickField
                    of="dp"
                    isBare
                    label={`${t('dp')} ${one.value}`}
                    none={t('mapping.open')}
                    first={[
                      { value: SERVER, label: t('assignment.target.server') },
                      { value: REJECT, label: t('assignment.target.reject') },
                    ]}
                    labels={labels}
                    value={goesTo(one)}
                    onChange={(target) => onChoose({ [one.value]: target })}
                  />
                ) : (
                  <Target of={goesTo(one)} />
                )}
              </Table.Td>
              <Table.Td>
                {targetOf(one) === goesTo(one) && one.by !== null ? (
                  t(`mapping.by.${one.by}`)
                ) : goesTo(one) !== '' ? (
                  t('mapping.by.mapping')
                ) : (
                  <Group gap="xs">
                    <Text size="sm">{t(none)}</Text>
                    {one.suggestion && onChoose && (
                      <Button
                        size="compact-xs"
                        variant="default"
                        aria-label={t('mapping.takeOneFor', {
                          name: one.suggestion.name,
                          value: one.value,
                        })}
                        onClick={() => onChoose({ [one.value]: one.suggestion?.dp ?? '' })}
                      >
                        {`${one.suggestion.name}?`}
                      </Button>
                    )}
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** What the DPs are called that may be chosen: one request for all of them, not one for each value. */
function useDpLabels(values: readonly Value[]): ReadonlyMap<string, string> | null {
  const dps = useDps();
  const all = dps.data?.items;
  return useMemo(() => {
    if (dps.isPending) return null;
    const suggested = values.flatMap(({ suggestion: it }) => (it ? [{ id: it.dp, name: it.name }] : []));
    return new Map([...suggested, ...(all ?? [])].map(named).map(({ value, label }) => [value, label]));
  }, [dps.isPending, all, values]);
}

function Target({ of }: { of: string }): ReactNode {
  const t = useT();
  if (of === '') return '–';
  if (of === REJECT) return t('assignment.target.reject');
  return of === SERVER ? t('assignment.target.server') : <DpName id={of} />;
}
