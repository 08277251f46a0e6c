import { Alert, Button, Code, Group, List, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../api.js';
import { FormDialog, type Field } from '../dialogs.js';
import { ServerList, type Column } from '../list.js';
import { RoleNote, useMay } from '../session.js';
import { Fault, Heading } from '../show.js';
import { useT } from '../texts.js';
import { conditionFrom, conditionText, CRITERIA } from './location-condition.js';
import { ExplainLocation } from './location-explain.js';

type Rule = Schema['LocationRuleDto'];
type Asked = { what: 'create' } | { what: 'change' | 'delete'; rule: Rule };

const NAME: Field = { name: 'name', label: 'name' };
const PRIORITY: Field = { name: 'priority', label: 'priority', hint: 'hint.priority', initial: '0' };

/** Which DP serves a client that has registered (R10). */
export function Component(): ReactNode {
  const t = useT();
  const mayManage = useMay('admin');
  const [asked, setAsked] = useState<Asked | null>(null);
  const [explaining, setExplaining] = useState(false);
  const columns: readonly Column<Rule>[] = [
    { title: 'priority', sort: 'priority', width: 0.9, cell: ({ priority }) => priority },
    { title: 'dp', sort: 'dp', cell: ({ dp }) => dp },
    { title: 'name', width: 1.4, cell: ({ name }) => name ?? '–' },
    {
      title: 'condition',
      width: 3,
      cell: ({ when }) => <span title={conditionText(when)}>{conditionText(when)}</span>,
    },
    { title: 'tenant', cell: ({ tenant }) => tenant },
    ...(mayManage ? [{ title: 'actions', width: 1.6, cell: actions } as const] : []),
  ];
  function actions(rule: Rule): ReactNode {
    return (
      <Group gap={4} wrap="nowrap">
        {(['change', 'delete'] as const).map((what) => (
          <Button
            key={what}
            size="compact-xs"
            variant="default"
            aria-label={`${t(what)} ${rule.name ?? rule.dp}`}
            onClick={() => setAsked({ what, rule })}
          >
            {t(what)}
          </Button>
        ))}
      </Group>
    );
  }
  return (
    <>
      <Heading title={t('page.locationRules')}>
        <Button variant="default" onClick={() => setExplaining(true)}>
          {t('explain')}
        </Button>
        {mayManage && <Button onClick={() => setAsked({ what: 'create' })}>{t('create')}</Button>}
      </Heading>
      <RoleNote least="admin" />
      <Overlaps />
      <ServerList
        label={t('page.locationRules')}
        queryKey={['locationRules', 'list']}
        load={(page) => take(api.GET('/api/v1/location-rules', { params: { query: page } }))}
        sort="-priority"
        columns={columns}
        id={({ id }) => id}
        empty={<Text>{t('empty.locationRules')}</Text>}
      />
      {asked && <Ask key={asked.what} asked={asked} onClose={() => setAsked(null)} />}
      {explaining && <ExplainLocation onClose={() => setExplaining(false)} />}
    </>
  );
}

/** Rules of different DPs that the same client can match: a warning with an example. */
function Overlaps(): ReactNode {
  const t = useT();
  const overlaps = useQuery({
    queryKey: ['locationRules', 'overlaps'],
    queryFn: () => take(api.GET('/api/v1/location-rules/overlaps', { params: { query: { limit: 50 } } })),
  });
  const { items = [], total = 0 } = overlaps.data ?? {};
  if (overlaps.isError) return <Fault error={overlaps.error} />;
  if (items.length === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={t('overlaps', { count: total })}>
      <List size="sm">
        {items.map(({ rules, address, winner }) => (
          <List.Item key={rules.map(({ id }) => id).join(' ')}>
            {rules.map(({ name, dp }) => `${name ?? '–'} (DP ${dp})`).join(' · ')}
            {address !== null && (
              <>
                {' '}
                <Code>{address}</Code>
              </>
            )}
            {winner !== null && ` → DP ${winner}`}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

function Ask({ asked, onClose }: { asked: Asked; onClose: () => void }): ReactNode {
  const t = useT();
  const dps = useQuery({
    queryKey: ['dps', 'all'],
    queryFn: () => take(api.GET('/api/v1/distribution-points', { params: { query: { limit: 500 } } })),
  });
  const shared = { changes: ['locationRules'], onClose };
  const criteria: readonly Field[] = CRITERIA.map((name) => ({
    name,
    label: `criterion.${name}` as const,
    ...(name === 'addressIn' && { hint: 'hint.criteria' as const }),
  }));
  const advanced: Field = { name: 'advanced', label: 'condition.json', kind: 'area', hint: 'hint.condition' };
  if (dps.isPending) return null;
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('locationRule.new')}
        action="create"
        explain={t('explain.locationRule')}
        fields={[
          {
            name: 'dp',
            label: 'dp',
            kind: 'select',
            options: (dps.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
          },
          { name: 'tenant', label: 'tenant', hint: 'hint.ruleTenant' },
          NAME,
          PRIORITY,
          ...criteria,
          advanced,
        ]}
        onSubmit={({ dp = '', tenant, name, priority, advanced: text, ...values }) =>
          take(
            api.POST('/api/v1/location-rules', {
              body: {
                dp,
                ...(tenant && { tenant }),
                name: name || null,
                priority: Number(priority),
                when: conditionFrom(values, text),
              },
            }),
          )
        }
      />
    );
  }
  const { rule } = asked;
  const params = { path: { id: rule.id } };
  if (asked.what === 'delete') {
    return (
      <FormDialog
        {...shared}
        title={`${t('delete')}: ${rule.name ?? rule.dp}`}
        action="delete"
        danger
        explain={t('explain.locationRule.delete')}
        onSubmit={() => take(api.DELETE('/api/v1/location-rules/{id}', { params }))}
      />
    );
  }
  return (
    <FormDialog
      {...shared}
      title={`${t('change')}: ${rule.name ?? rule.dp}`}
      action="change"
      explain={t('explain.locationRule')}
      fields={[
        { ...NAME, initial: rule.name ?? '' },
        { ...PRIORITY, initial: String(rule.priority) },
        { ...advanced, initial: JSON.stringify(rule.when, null, 2) },
      ]}
      onSubmit={({ name, priority, advanced: text }) =>
        take(
          api.PATCH('/api/v1/location-rules/{id}', {
            params,
            body: { name: name || null, priority: Number(priority), when: conditionFrom({}, text) },
          }),
        )
      }
    />
  );
}
