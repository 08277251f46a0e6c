import { Code } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { FormDialog, type Field } from '../../forms/dialogs.js';
import type { Column } from '../../lists/list.js';
import { DpName, NamedDp, TenantName } from '../../names.js';
import { useT } from '../../texts.js';
import { useConditionField } from './rule-field.js';
import { whenText } from './rule-sentence.js';
import { ExplainLocation } from './location-explain.js';
import { RulePage, type RuleAsked } from './rule-page.js';

type Rule = Schema['LocationRuleDto'];

const NAME: Field = { name: 'name', label: 'name' };
const PRIORITY: Field = { name: 'priority', label: 'priority', hint: 'hint.priority', initial: '0' };
/** What a rule may ask of a client's network (docs, location rules). */
const CRITERIA = ['addressIn', 'gatewayIp', 'gatewayMac', 'dnsSuffix', 'adSite', 'publicAddressIn'] as const;
const COLUMNS: readonly Column<Rule>[] = [
  { title: 'priority', sort: 'priority', width: 0.9, cell: ({ priority }) => priority },
  { title: 'dp', sort: 'dp', cell: ({ dp }) => <DpName id={dp} /> },
  { title: 'name', width: 1.4, cell: ({ name }) => name ?? '–' },
  {
    title: 'condition',
    width: 3,
    cell: ({ when }) => <span title={whenText(when)}>{whenText(when)}</span>,
  },
  { title: 'tenant', cell: ({ tenant }) => <TenantName id={tenant} /> },
];

/** Which DP serves a client that has registered (R10). */
export function Component(): ReactNode {
  return (
    <RulePage
      title="page.locationRules"
      empty="empty.locationRules"
      copy="locationRule.copy"
      kind="locationRules"
      load={(page) => take(api.GET('/api/v1/location-rules', { params: { query: page } }))}
      sort="-priority"
      columns={COLUMNS}
      nameOf={({ name, dp }) => name ?? dp}
      overlaps={{
        load: () => take(api.GET('/api/v1/location-rules/overlaps', { params: { query: { limit: 50 } } })),
        id: ({ rules }) => rules.map(({ id }) => id).join(' '),
        show: (overlap) => <Overlap of={overlap} />,
      }}
      form={(asked, onClose) => <Form key={asked.what} asked={asked} onClose={onClose} />}
      explain={(onClose) => <ExplainLocation onClose={onClose} />}
    />
  );
}

/** Rules of different DPs that the same client can match, with an example. */
function Overlap({ of: { rules, address, winner } }: { of: Schema['OverlapDto'] }): ReactNode {
  return (
    <>
      {rules.map(({ name, dp }, index) => (
        <Fragment key={index}>
          {index > 0 && ' · '}
          {name ?? '–'} (<NamedDp id={dp} />)
        </Fragment>
      ))}
      {address !== null && (
        <>
          {' '}
          <Code>{address}</Code>
        </>
      )}
      {winner !== null && (
        <>
          {' → '}
          <NamedDp id={winner} />
        </>
      )}
    </>
  );
}

function Form({ asked, onClose }: { asked: RuleAsked<Rule>; onClose: () => void }): ReactNode {
  const t = useT();
  const shared = { changes: ['locationRules'], onClose };
  const { field, saving } = useConditionField<Rule['when']>(
    CRITERIA,
    asked.what === 'change' ? asked.rule.when : null,
  );
  if (asked.what === 'create') {
    return (
      <FormDialog
        {...shared}
        title={t('locationRule.new')}
        action="create"
        explain={t('explain.locationRule')}
        fields={[
          { name: 'dp', label: 'dp', kind: 'dp', required: true },
          { name: 'tenant', label: 'tenant', kind: 'tenant', none: 'pick.dpTenant' },
          NAME,
          PRIORITY,
          field,
        ]}
        onSubmit={({ dp = '', tenant, name, priority, when: typed = '' }) =>
          saving(typed, (when) =>
            take(
              api.POST('/api/v1/location-rules', {
                body: {
                  dp,
                  ...(tenant && { tenant }),
                  name: name || null,
                  priority: Number(priority),
                  when,
                },
              }),
            ),
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
  if (asked.what === 'copy') {
    return (
      <FormDialog
        {...shared}
        changes={['assignmentRules']}
        title={`${t('locationRule.copy')}: ${rule.name ?? rule.dp}`}
        action="create"
        explain={t('explain.locationRule.copy')}
        onSubmit={() =>
          take(api.POST('/api/v1/assignment-rules/from-location-rule', { body: { locationRule: rule.id } }))
        }
      />
    );
  }
  return (
    <FormDialog
      {...shared}
      title={`${t('change')}: ${rule.name ?? rule.dp}`}
      action="change"
      explain={t('explain.locationRule')}
      fields={[{ ...NAME, initial: rule.name ?? '' }, { ...PRIORITY, initial: String(rule.priority) }, field]}
      onSubmit={({ name, priority, when: typed = '' }) =>
        saving(typed, (when) =>
          take(
            api.PATCH('/api/v1/location-rules/{id}', {
              params,
              body: { name: name || null, priority: Number(priority), when },
            }),
          ),
        )
      }
    />
  );
}
