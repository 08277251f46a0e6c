import { Alert, Button, Group, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import type { Page } from '../../api.js';
import { ServerList, type Column } from '../../lists/list.js';
import { RowMenu } from '../../lists/row-menu.js';
import { RoleNote, useMay } from '../../session/session.js';
import { Fault, Heading } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';

/** What a person wants to do. */
export type RuleAsked<Rule> = { what: 'create' } | { what: 'change' | 'delete' | 'copy'; rule: Rule };

interface Props<Rule, Overlap> {
  title: TextKey;
  empty: TextKey;
  /** What "copy" makes of a rule. */
  copy: TextKey;
  /** The kind of thing, as queries name it. */
  kind: string;
  load: (page: { after?: string; limit: number; sort?: string }) => Promise<Page<Rule>>;
  sort: string;
  columns: readonly Column<Rule>[];
  nameOf: (rule: Rule) => string;
  /** What else can be done with one. */
  more?: (rule: Rule) => ReactNode;
  overlaps: {
    load: () => Promise<{ items: Overlap[]; total: number }>;
    id: (overlap: Overlap) => string;
    show: (overlap: Overlap) => ReactNode;
  };
  form: (asked: RuleAsked<Rule>, onClose: () => void) => ReactNode;
  explain: (onClose: () => void) => ReactNode;
}

/** Rules that choose DPs: a list with what contradicts, what each of them makes of a computer, and forms. */
export function RulePage<Rule extends { id: string }, Overlap>(props: Props<Rule, Overlap>): ReactNode {
  const { title, empty, copy, kind, load, sort, columns, nameOf, more, overlaps, form, explain } = props;
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<RuleAsked<Rule> | null>(null);
  const [explaining, setExplaining] = useState(false);
  const actions = (rule: Rule): ReactNode => (
    <Group gap={4} wrap="nowrap" justify="flex-end">
      {more?.(rule)}
      <Button
        size="compact-xs"
        variant="default"
        style={{ flexShrink: 0 }}
        aria-label={`${t('change')} ${nameOf(rule)}`}
        onClick={() => setAsked({ what: 'change', rule })}
      >
        {t('change')}
      </Button>
      <RowMenu
        of={nameOf(rule)}
        actions={[
          { name: copy, onClick: () => setAsked({ what: 'copy', rule }) },
          { name: 'delete', danger: true, onClick: () => setAsked({ what: 'delete', rule }) },
        ]}
      />
    </Group>
  );
  return (
    <>
      <Heading title={t(title)}>
        <Button variant="default" onClick={() => setExplaining(true)}>
          {t('explain')}
        </Button>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Overlaps kind={kind} of={overlaps} />
      <ServerList
        label={t(title)}
        queryKey={[kind, 'list']}
        load={load}
        sort={sort}
        columns={[
          ...columns,
          ...(mayManage ? [{ title: 'actions', width: 1.8, cell: actions } as const] : []),
        ]}
        id={({ id }) => id}
        empty={<Text>{t(empty)}</Text>}
      />
      {asked && form(asked, () => setAsked(null))}
      {explaining && explain(() => setExplaining(false))}
    </>
  );
}

/** Rules that contradict each other: a warning with examples. */
function Overlaps<Overlap>({
  kind,
  of: { load, id, show },
}: {
  kind: string;
  of: Props<never, Overlap>['overlaps'];
}): ReactNode {
  const t = useT();
  const overlaps = useQuery({ queryKey: [kind, 'overlaps'], queryFn: load });
  const { items = [], total = 0 } = overlaps.data ?? {};
  if (overlaps.isError) return <Fault error={overlaps.error} />;
  if (items.length === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={t('overlaps', { count: total })}>
      <List size="sm">
        {items.map((overlap) => (
          <List.Item key={id(overlap)}>{show(overlap)}</List.Item>
        ))}
      </List>
    </Alert>
  );
}
