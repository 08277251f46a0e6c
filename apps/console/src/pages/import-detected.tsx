import { Button, Card, Group, List, NativeSelect, ScrollArea, SimpleGrid, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { useMay } from '../session.js';
import { Fault } from '../show.js';
import { useT } from '../texts.js';

type Run = Schema['ImportRunDto'];
type Options = Schema['ImportOptionsDto'];
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
  'dp',
  'address',
  'description',
  'location',
  'os',
  'version',
  'lastLogon',
  'enabled',
] as const;

/** What was seen in the file; what is wrong can be set right, and the file is read again. */
export function Detected({ run, onRead }: { run: Run; onRead: (run: Run) => void }): ReactNode {
  const t = useT();
  const mayImport = useMay('operator');
  const { detected } = run;
  const [options, setOptions] = useState<Options>({});
  const again = useMutation({
    mutationFn: () =>
      take(
        api.POST('/api/v1/imports/{id}/read', {
          params: { path: { id: run.id } },
          body: { options: { ...run.options, ...options } },
        }),
      ),
    onSuccess: onRead,
  });
  if (!detected) return null;
  const columns: Record<string, string | number | undefined> = options.columns ?? detected.columns;
  return (
    <Card withBorder mb="md">
      <Title order={2} size="h4">
        {t('import.detected')}
      </Title>
      <Text size="sm" mb="sm">
        {t('import.correct')}
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }} spacing="sm" mb="sm">
        <NativeSelect
          label={t('encoding')}
          value={options.encoding ?? detected.encoding}
          onChange={(event) =>
            setOptions({ ...options, encoding: event.currentTarget.value as Options['encoding'] })
          }
          data={ENCODINGS}
        />
        <NativeSelect
          label={t('delimiter')}
          value={options.delimiter ?? detected.delimiter}
          onChange={(event) =>
            setOptions({ ...options, delimiter: event.currentTarget.value as Options['delimiter'] })
          }
          data={DELIMITERS}
        />
        <NativeSelect
          label={t('import.header')}
          value={String(options.header ?? detected.header)}
          onChange={(event) => setOptions({ ...options, header: event.currentTarget.value === 'true' })}
          data={[
            { value: 'true', label: t('yes') },
            { value: 'false', label: t('no') },
          ]}
        />
        {FIELDS.map((field) => (
          <NativeSelect
            key={field}
            label={t(field)}
            value={String(columns[field] ?? '')}
            onChange={(event) => {
              const { [field]: _, ...others } = columns;
              const index = event.currentTarget.value;
              setOptions({
                ...options,
                columns: { ...others, ...(index !== '' && { [field]: Number(index) }) },
              });
            }}
            data={[
              { value: '', label: '–' },
              ...run.columns.map(({ index, header }) => ({
                value: String(index),
                label: header ?? `${index + 1}`,
              })),
            ]}
          />
        ))}
      </SimpleGrid>
      <Text size="sm">{t('import.columns')}</Text>
      <ScrollArea.Autosize mah={140} mb="sm">
        <List size="sm" aria-label={t('import.columns')}>
          {run.columns.map(({ index, header, samples }) => (
            <List.Item key={index}>
              <b>{header ?? index + 1}</b>: {samples.join(' · ')}
            </List.Item>
          ))}
        </List>
      </ScrollArea.Autosize>
      {mayImport && (
        <Group>
          <Button
            variant="default"
            disabled={Object.keys(options).length === 0}
            loading={again.isPending}
            onClick={() => again.mutate()}
          >
            {t('import.again')}
          </Button>
        </Group>
      )}
      <Fault error={again.error} />
    </Card>
  );
}
