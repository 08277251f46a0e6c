import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import { useOwnTenants } from '../../session/own-tenants.js';
import type { Column } from '../../lists/list.js';
import { DpName, TenantName } from '../../names.js';
import { useT } from '../../texts.js';
import { targetFrom, targetOf } from './assignment-target.js';
import { ExplainAssignment } from './assignment-explain.js';
import { useConditionField } from './rule-field.js';
import { RulePage, type RuleAsked } from './rule-page.js';
import { whenText } from './rule-sentence.js';

type Rule = Schema['AssignmentRuleDto'];

/** What a rule may ask of a row. */
const CRITERIA = ['column', 'ou', 'addressIn', 'adSite', 'dnsSuffix', 'name', 'group'] as const;
const COLUMNS: readonly Column<Rule>[] = [
  { title: 'name', sort: 'name', width: 1.4, cell: ({ name }) => name },
  {
    title: 'condition',
    width: 3,
    cell: ({ when }) => <span title={whenText(when)}>{whenText(when)}</span>,
  },
  { title: 'dp', width: 1.4, cell: (rule) => <Target rule={rule} /> },
  { title: 'assignment.lastUse', width: 1.6, cell: (rule) => <LastUse rule={rule} /> },
  { title: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
];

/** Which DP the rows of an import get. */
export function Component(): ReactNode {
  return (
    <RulePage
      title="page.assignmentRules"
      empty="empty.assignmentRules"
      copy="assignment.copy"
      kind="assignmentRules"
      load={(page) => take(api.GET('/api/v1/assignment-rules', { params: { query: page } }))}
      sort="position"
      columns={COLUMNS}
      nameOf={({ name }) => name}
      more={(rule) => (
        <>
          <Move rule={rule} by={-1} />
          <Move rule={rule} by={1} />
        </>
      )}
      overlaps={{
        load: () => take(api.GET('/api/v1/assignment-rules/overlaps', { params: { query: { limit: 50 } } })),
        id: ({ rules }) => rules.map(({ id }) => id).join(' '),
        show: (overlap) => <Overlap of={overlap} />,
      }}
      form={(asked, onClose) => <Form key={asked.what} asked={asked} onClose={onClose} />}
      explain={(onClose) => <ExplainAssignment onClose={onClose} />}
    />
  );
}

function Target({ rule: { target, dp, serves } }: { rule: Rule }): ReactNode {
  const t = useT();
  if (target !== 'dp') return t(`assignment.target.${target}`);
  if (dp === null) return t('assignment.notServing');
  return (
    <>
      <DpName id={dp} /> {!serves && t('assignment.notServing')}
    </>
  );
}

function LastUse({ rule: { lastUse } }: { rule: Rule }): ReactNode {
  const t = useT();
  if (!lastUse) return '–';
  return lastUse.matched === 0 ? t('assignment.matchedNothing') : t('assignment.used', lastUse);
}

/** Rules that give one row to different DPs, or one that never chooses. */
function Overlap({ of: { rules, shadowed, example } }: { of: Schema['AssignmentOverlapDto'] }): ReactNode {
  const t = useT();
  const names = { first: rules[0]?.name ?? '', second: rules[1]?.name ?? '' };
  return (
    <>
      {t(shadowed ? 'assignment.shadowed' : 'assignment.overlap', names)}{' '}
      {example.map(({ name, value }) => `${name}: ${value}`).join(', ')}
    </>
  );
}

/** Changes places with the rule before or behind it. */
function Move({ rule, by }: { rule: Rule; by: -1 | 1 }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const move = useMutation({
    mutationFn: async () => {
      const { tenant, id } = rule;
      const all = await take(
        api.GET('/api/v1/assignment-rules', { params: { query: { tenant, limit: 500 } } }),
      );
      const rules = all.items.map((one) => one.id);
      const at = rules.indexOf(id);
      const other = rules[at + by];
      if (other === undefined) return;
      rules[at] = other;
      rules[at + by] = id;
      await take(api.POST('/api/v1/assignment-rules/order', { body: { tenant, rules } }));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['assignmentRules'] }),
  });
  const label = `${t(by < 0 ? 'assignment.up' : 'assignment.down')} ${rule.name}`;
  return (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={label}
      loading={move.isPending}
      onClick={() => move.mutate()}
    >
      {by < 0 ? '↑' : '↓'}
    </Button>
  );
}

function Form({ asked, onClose }: { asked: RuleAsked<Rule>; onClose: () => void }): ReactNode {
  const t = useT();
  const { first } = useOwnTenants();
  const shared = { changes: ['assignmentRules', 'locationRules'], onClose };
  const goesTo: Field = {
    name: 'goesTo',
    label: 'dp',
    kind: 'dp',
    path: 'dp',
    required: true,
    options: [
      { value: ':server', label: t('assignment.target.server') },
      { value: ':reject', label: t('assignment.target.reject') },
    ],
  };
  const { field, saving } = useConditionField<Rule['when']>(
    CRITERIA,
    asked.what === 'change' ? asked.rule.when : null,
  );
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('assignment.new')}
        action="create"
        explain={t('explain.assignmentRule')}
        fields={[
          { name: 'name', label: 'name', required: true },
          { name: 'tenant', label: 'tenant', kind: 'tenant', required: true, initial: first },
          goesTo,
          field,
        ]}
        onSubmit={({ name = '', tenant = '', goesTo: to = '', when: typed = '' }) =>
          saving(typed, (when) =>
            take(api.POST('/api/v1/assignment-rules', { body: { name, tenant, ...targetFrom(to), when } })),
          )
        }
      />
    );
  }
  const { rule } = asked;
  const params = { path: { id: rule.id } };
  switch (asked.what) {
    case 'delete':
      return (
        <FormDialog
          {...shared}
          title={`${t('delete')}: ${rule.name}`}
          action="delete"
          danger
          explain={t('explain.assignmentRule.delete')}
          onSubmit={() => take(api.DELETE('/api/v1/assignment-rules/{id}', { params }))}
        />
      );
    case 'copy':
      return (
        <FormDialog
          {...shared}
          title={`${t('assignment.copy')}: ${rule.name}`}
          action="create"
          explain={t('explain.assignmentRule.copy')}
          onSubmit={() => take(api.POST('/api/v1/assignment-rules/{id}/location-rule', { params }))}
        />
      );
    case 'change':
      return (
        <FormDialog
          {...shared}
          title={`${t('change')}: ${rule.name}`}
          action="change"
          explain={t('explain.assignmentRule')}
          fields={[
            { name: 'name', label: 'name', initial: rule.name, required: true },
            { ...goesTo, initial: targetOf(rule) },
            field,
          ]}
          onSubmit={({ name = '', goesTo: to = '', when: typed = '' }) =>
            saving(typed, (when) =>
              take(
                api.PATCH('/api/v1/assignment-rules/{id}', {
                  params,
                  body: { name, ...targetFrom(to), when },
                }),
              ),
            )
          }
        />
      );
  }
}
