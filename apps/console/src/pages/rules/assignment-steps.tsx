import { Alert, Badge, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Schema } from '../../api.js';
import { NamedDp } from '../../names.js';
import { WHOLE } from '../../show.js';
import { useT } from '../../texts.js';

/** How a row comes to its DP: all that were asked, each with its reason. */
export function AssignmentSteps({
  explanation,
}: {
  explanation: Schema['AssignmentExplanationDto'];
}): ReactNode {
  const t = useT();
  const { dp, text, steps } = explanation;
  const decisive = steps.find(({ chosen }) => chosen);
  return (
    <>
      {dp !== null && decisive ? (
        <Alert color="teal" role="status" title={<NamedDp id={dp} />}>
          {decisive.name ?? t(`assignment.by.${decisive.by}`)}: {decisive.text}
        </Alert>
      ) : (
        <Alert color={dp === null ? 'yellow' : 'teal'} role="status">
          {text}
        </Alert>
      )}
      <Table.ScrollContainer minWidth={500}>
        <Table aria-label={t('explain.assignment')}>
          <Table.Tbody>
            {steps.map(({ by, rule, name, target, dp: to, matched, chosen, text: why }) => (
              <Table.Tr key={rule ?? by}>
                <Table.Td>{name ?? t(`assignment.by.${by}`)}</Table.Td>
                <Table.Td>
                  {target === 'dp' && to !== null ? (
                    <NamedDp id={to} />
                  ) : target ? (
                    t(`assignment.target.${target}`)
                  ) : (
                    '–'
                  )}
                </Table.Td>
                <Table.Td>
                  <Badge variant="dot" color={chosen ? 'teal' : 'gray'} style={WHOLE}>
                    {t(chosen ? 'assignment.chosen' : matched ? 'explain.matched' : 'explain.notMatched')}
                  </Badge>
                </Table.Td>
                <Table.Td>{why}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </>
  );
}
