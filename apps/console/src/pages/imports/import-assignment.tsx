import { Alert, Group, List, NativeSelect, NumberInput, Radio, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';
import { AssignmentSteps } from '../rules/assignment-steps.js';

type Run = Schema['ImportRunDto'];
type Row = Schema['ImportRowDto'];
type Chooser = Schema['ImportChooser'];

/** What chose the DP of a row, by the rule's name or the column's heading. */
export function ChosenBy({ row: { assignedBy } }: { row: Row }): ReactNode {
  const t = useT();
  if (!assignedBy) return '–';
  const { by, name, value } = assignedBy;
  const shown = [t(`assignment.by.${by}`), name, value].filter((one) => one);
  const text = shown.join(' · ');
  return <span title={text}>{text}</span>;
}

/** Narrows the rows to those that one thing gave to a DP. */
export function ChooserFilter({
  run,
  value,
  onChange,
}: {
  run: Run;
  value: string;
  onChange: (value: string) => void;
}): ReactNode {
  const t = useT();
  const rows = new Map<string, { label: string; rows: number }>();
  for (const { by, rule, name, rows: count } of run.assignment?.chosen ?? []) {
    const key = rule ?? by;
    const label = rule ? `${t('assignment.by.rule')} · ${name ?? ''}` : t(`assignment.by.${by}`);
    rows.set(key, { label, rows: (rows.get(key)?.rows ?? 0) + count });
  }
  if (rows.size === 0) return null;
  return (
    <NativeSelect
      label={t('import.chosenBy')}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t('folder.all') },
        ...Array.from(rows, ([key, one]) => ({ value: key, label: `${one.label} (${one.rows})` })),
      ]}
    />
  );
}

const CHOOSERS: readonly Chooser[] = ['mapping', 'column', 'rule', 'run', 'computer', 'none'];

/** Either what chose, or the id of a rule. */
export function chooserQuery(value: string): { chosenBy?: Chooser; rule?: string } {
  const chosenBy = CHOOSERS.find((one) => one === value);
  if (chosenBy) return { chosenBy };
  return value === '' ? {} : { rule: value };
}

/** Asks for the line of a row, and says how that row comes to its DP. */
export function ExplainRow({
  run,
  line,
  onChange,
}: {
  run: Run;
  line: number | null;
  onChange: (line: number | null) => void;
}): ReactNode {
  const t = useT();
  const explained = useQuery({
    queryKey: ['imports', 'explain', run.id, run.revision, line],
    queryFn: () =>
      take(
        api.POST('/api/v1/imports/{id}/explain-dp', {
          params: { path: { id: run.id } },
          body: { row: line ?? 1 },
        }),
      ),
    enabled: line !== null,
  });
  return (
    <Stack gap="xs">
      <NumberInput
        label={t('import.explainLine')}
        min={1}
        allowDecimal={false}
        value={line ?? ''}
        onChange={(value) => onChange(typeof value === 'number' ? value : null)}
      />
      {line !== null && <Fault error={explained.error} />}
      {line !== null && explained.data && <AssignmentSteps explanation={explained.data} />}
    </Stack>
  );
}

/** Rules that matched no row, and rows that more than one rule wanted. */
export function AssignmentNotices({ run }: { run: Run }): ReactNode {
  const t = useT();
  const rules = run.assignment?.rules ?? [];
  const idle = rules.filter(({ matched }) => matched === 0);
  const overlaps = rules.flatMap(({ name, overlaps: first }) =>
    first.map((one) => ({ ...one, second: name })),
  );
  return (
    <>
      {run.assignmentChanged && (
        <Alert color="yellow" mb="sm">
          {t('import.assignmentChanged')}
        </Alert>
      )}
      {(idle.length > 0 || overlaps.length > 0) && (
        <Alert color="blue" mb="sm" title={t('page.assignmentRules')}>
          {idle.length > 0 && (
            <Text size="sm">{`${t('assignment.matchedNothing')}: ${idle.map(({ name }) => name).join(', ')}`}</Text>
          )}
          <List size="sm">
            {overlaps.map(({ rule, name, second, rows, line }) => (
              <List.Item key={`${rule} ${second}`}>
                {t('assignment.overlapRows', { first: name, second, count: rows, line })}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </>
  );
}

/** What a commit needs to be told before it is taken. */
export function CommitQuestions({
  run,
  withoutDp,
  onChoose,
}: {
  run: Run;
  withoutDp: 'server' | 'reject';
  onChoose: (choice: 'server' | 'reject') => void;
}): ReactNode {
  const t = useT();
  const { counts } = run;
  return (
    <Stack>
      {run.needsConfirmDrop && (
        <Text size="sm">
          {t('explain.confirmDrop', { count: counts?.missing ?? 0, known: run.knownBefore ?? 0 })}
        </Text>
      )}
      {run.assignmentChanged && <Text size="sm">{t('import.assignmentChanged')}</Text>}
      {run.needsDpChoice && (
        <Radio.Group
          label={t('import.withoutDp', { count: counts?.withoutDp ?? 0 })}
          value={withoutDp}
          onChange={(value) => onChoose(value === 'server' ? 'server' : 'reject')}
        >
          <Group mt="xs">
            <Radio value="reject" label={t('import.withoutDp.reject')} />
            <Radio value="server" label={t('import.withoutDp.server')} />
          </Group>
        </Radio.Group>
      )}
    </Stack>
  );
}
