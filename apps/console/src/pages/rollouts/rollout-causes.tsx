import { Alert, Anchor, Code, List, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FailureName } from '../../codes.js';
import { DpName, NamedDp } from '../../names.js';
import { Time } from '../../show.js';
import { language, useT } from '../../texts.js';

type Detail = Schema['RolloutDetailDto'];
/** Causes that are shown with their output. */
const MOST_CAUSES = 3;
/** Computers that a printed report names; all are in the CSV. */
const MOST_PRINTED = 500;

/** Where its part was stopped, and what may be done about each. */
export function StoppedDps({ rollout }: { rollout: Detail }): ReactNode {
  const t = useT();
  return (
    <Alert color="yellow" title={t('rollout.stoppedDps')}>
      <List size="sm">
        {rollout.stoppedDps.map(({ dp, evidence: { failures, results, code } }) => (
          <List.Item key={dp}>
            <NamedDp id={dp} />
            {`: ${t('rollout.failedOf', { failures, results })}`}
            {code !== null && (
              <>
                {', '}
                <FailureName code={code} />
              </>
            )}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** The commonest failures, with what one of the computers said. */
export function RolloutCauses({ rollout: { causes } }: { rollout: Detail }): ReactNode {
  const t = useT();
  if (causes.length === 0) return null;
  return (
    <section aria-label={t('rollout.causes')}>
      <Title order={2} size="h4" mb="xs">
        {t('rollout.causes')}
      </Title>
      <List
        spacing="sm"
        listStyleType="none"
        styles={{ itemWrapper: { width: '100%' }, itemLabel: { width: '100%', minWidth: 0 } }}
      >
        {causes.slice(0, MOST_CAUSES).map(({ code, phase, count, output, computer, hint }) => (
          <List.Item key={`${code} ${phase}`}>
            <Title order={3} size="h6">
              <FailureName code={code} />
            </Title>
            <Text size="sm">
              {`${t('rollout.computers', { count })} · `}
              <Anchor component={Link} to={`/computers/${computer}`} size="sm" underline="always">
                {t('rollout.example')}
              </Anchor>
            </Text>
            {output && (
              <Code block tabIndex={0}>
                {output}
              </Code>
            )}
            <Text size="sm">{hint[language()]}</Text>
          </List.Item>
        ))}
      </List>
    </section>
  );
}

/** The computers that failed, for a report on paper: the list on the screen has only the rows that are in view. */
export function FailedOnPaper({ rollout: { id, counts } }: { rollout: Detail }): ReactNode {
  const t = useT();
  const failed = useQuery({
    queryKey: ['rollouts', 'failed', id, counts.bad],
    queryFn: () =>
      take(
        api.GET('/api/v1/rollouts/{id}/members', {
          params: { path: { id }, query: { state: 'failed', limit: MOST_PRINTED } },
        }),
      ),
    enabled: counts.bad > 0,
  });
  const members = failed.data?.items ?? [];
  if (members.length === 0) return null;
  return (
    <Table className="paper-only" aria-label={t('rolloutCount.bad')}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{t('name')}</Table.Th>
          <Table.Th>{t('dp')}</Table.Th>
          <Table.Th>{t('rollout.wave')}</Table.Th>
          <Table.Th>{t('state')}</Table.Th>
          <Table.Th>{t('messages')}</Table.Th>
          <Table.Th>{t('rollout.resultAt')}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {members.map(({ computer, name, dp, wave, code, output, resultAt }) => (
          <Table.Tr key={computer}>
            <Table.Td>{name}</Table.Td>
            <Table.Td>
              <DpName id={dp} />
            </Table.Td>
            <Table.Td>{wave + 1}</Table.Td>
            <Table.Td>{code === null ? '–' : <FailureName code={code} />}</Table.Td>
            <Table.Td>{output}</Table.Td>
            <Table.Td>
              <Time at={resultAt} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
