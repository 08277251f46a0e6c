import { Button, Card, Group, NativeSelect, SimpleGrid, Table, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { useMay } from '../../session/session.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { notDetected } from './import-choices.js';

type Run = Schema['ImportRunDto'];
/** How a file is read; what is not named stays as it was seen. */
export type Options = Schema['ImportOptionsDto'];
const ENCODINGS = ['utf-8', 'utf-8-bom', 'utf-16le', 'utf-16be', 'windows-1252', 'cp850', 'macintosh'];
const DELIMITERS = [
  { value: ';', label: ';' },
  { value: ',', label: ',' },
  { value: '\t', label: 'Tab' },
  { value: '|', label: '|' },
];
const FIELDS = [
  'name',
  'fqdn',
  'domain',
  'dp',
  'address',
  'description',
  'location',
  'os',
  'version',
  'lastLogon',
  'enabled',
] as const;

interface Props {
  run: Run;
  /** What is changed here and not read yet. */
  options: Options;
  onChange: (options: Options) => void;
  /** It is read again with these. */
  onRead: (run: Run, sent: Options) => void;
}

/** What was seen in the file, with its first values; what is wrong can be set right, and the file is read again. */
export function Detected({ run, options, onChange, onRead }: Props): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  const { detected } = run;
  const again = useMutation({
    mutationFn: (sent: Options) =>
      take(
        api.POST('/api/v1/imports/{id}/read', {
          params: { path: { id: run.id } },
          body: { options: { ...run.options, ...sent } },
        }),
      ),
    onSuccess: onRead,
  });
  if (!detected) return null;
  const setOptions = (now: Options): void => onChange(notDetected(now, detected));
  const columns: Record<string, string | number | undefined> = options.columns ?? detected.columns;
  const titleOf = (index: number, header: string | null): string =>
    header ?? t('import.columnNumber', { number: index + 1 });
  /** A field has one column, and a column is one field: what was so before no longer is. */
  const mapTo = (column: number, field: string): void => {
    const others = Object.entries(columns).filter(([name, index]) => index !== column && name !== field);
    const now = [...others, ...(field === '' ? [] : [[field, column] as const])];
    setOptions({ ...options, columns: Object.fromEntries(now) });
  };
  const isChanged = Object.keys(options).length > 0;
  return (
    <Card withBorder mb="md">
      <Title order={2} size="h4">
        {t('import.detected')}
      </Title>
      <Text size="sm" mb="sm">
        {t('import.correct')}
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 3 }} maw={860} spacing="sm" mb="sm">
        <NativeSelect
          label={t('encoding')}
          disabled={!mayImport}
          value={options.encoding ?? detected.encoding}
          onChange={(event) =>
            setOptions({ ...options, encoding: event.currentTarget.value as Options['encoding'] })
          }
          data={ENCODINGS}
        />
        <NativeSelect
          label={t('delimiter')}
          disabled={!mayImport}
          value={options.delimiter ?? detected.delimiter}
          onChange={(event) =>
            setOptions({ ...options, delimiter: event.currentTarget.value as Options['delimiter'] })
          }
          data={DELIMITERS}
        />
        <NativeSelect
          label={t('import.header')}
          disabled={!mayImport}
          value={String(options.header ?? detected.header)}
          onChange={(event) => setOptions({ ...options, header: event.currentTarget.value === 'true' })}
          data={[
            { value: 'true', label: t('yes') },
            { value: 'false', label: t('no') },
          ]}
        />
      </SimpleGrid>
      <Table.ScrollContainer
        minWidth={run.columns.length * 150}
        mb="sm"
        scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      >
        <Table aria-label={t('import.columns')} withColumnBorders>
          <Table.Thead>
            <Table.Tr>
              {run.columns.map(({ index, header }) => (
                <Table.Th key={index} miw={150}>
                  {titleOf(index, header)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Table.Tr>
              {run.columns.map(({ index, header }) => (
                <Table.Td key={index}>
                  <NativeSelect
                    size="xs"
                    aria-label={t('import.takenAs', { column: titleOf(index, header) })}
                    disabled={!mayImport}
                    value={FIELDS.find((field) => columns[field] === index) ?? ''}
                    onChange={(event) => mapTo(index, event.currentTarget.value)}
                    data={[
                      { value: '', label: t('import.notTaken') },
                      ...FIELDS.map((field) => ({ value: field, label: t(field) })),
                    ]}
                  />
                </Table.Td>
              ))}
            </Table.Tr>
            {/* the first values of each column, which need not be of the same rows */}
            <Table.Tr>
              {run.columns.map(({ index, samples }) => (
                <Table.Td key={index} valign="top">
                  <Text size="sm" c="dimmed" lineClamp={3} maw={260} title={samples.join('\n')}>
                    {samples.join(', ')}
                  </Text>
                </Table.Td>
              ))}
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {mayImport && (
        <Group>
          <Button
            variant={isChanged ? 'filled' : 'default'}
            disabled={!isChanged}
            loading={again.isPending}
            onClick={() => again.mutate(options)}
          >
            {t('import.again')}
          </Button>
        </Group>
      )}
      <Fault error={again.error} />
    </Card>
  );
}
