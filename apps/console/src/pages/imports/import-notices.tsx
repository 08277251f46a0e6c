import { Alert, Anchor, Button, List, Text } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';
import { Link } from 'react-router';
import type { Schema } from '../../api.js';
import { language, type TextKey, useT } from '../../texts.js';
import { tabsOf } from './import-tabs.js';

type Run = Schema['ImportRunDto'];

/** Names that are told of many. */
const TOLD = 20;
const KEPT = {
  released: 'import.kept.released',
  registered: 'import.kept.registered',
} as const satisfies Record<string, TextKey>;

/** What a run came to, and what is to be known of it as a whole. */
export function ImportNotices({ run }: { run: Run }): ReactNode {
  return (
    <>
      <Summary run={run} />
      <Undone run={run} />
      <Missing run={run} />
      {run.messages.map(({ code, text }) =>
        code === 'MISSING' ? null : (
          <Alert key={code} color="yellow" mb="sm">
            {text}
          </Alert>
        ),
      )}
    </>
  );
}

/** What became of all rows, each part with its rows behind it. */
function Summary({ run }: { run: Run }): ReactNode {
  const t = useT();
  const { id, state, summary } = run;
  if (state !== 'committed' || !summary) return null;
  const parts = tabsOf(run).filter(({ isPart, count }) => isPart && count > 0);
  return (
    <Alert color="teal" mb="md" title={t('import.summary')}>
      {parts.map(({ name, text, count }, index) => (
        <Fragment key={name}>
          {index > 0 && ' · '}
          <Anchor component={Link} to={`?show=${name}`} size="sm" underline="always" c="inherit">
            {`${t(text)} ${count.toLocaleString(language())}`}
          </Anchor>
        </Fragment>
      ))}
      <Text size="sm" my="xs">
        {t('import.next')}
      </Text>
      <Button component={Link} to={`/computers?import=${id}&folder=all`} size="xs">
        {t('import.see')}
      </Button>
    </Alert>
  );
}

function Undone({ run: { undo } }: { run: Run }): ReactNode {
  const t = useT();
  if (!undo?.at) return null;
  const kept = (Object.keys(KEPT) as (keyof typeof KEPT)[]).map((reason) => ({
    reason,
    names: undo.examples.flatMap((one) => (one.reason === reason ? [one.name] : [])),
  }));
  return (
    <Alert color="blue" mb="md">
      {t('import.undone', { deleted: undo.deleted, kept: undo.kept })}
      <List size="sm">
        {kept.map(({ reason, names }) =>
          names.length > 0 ? (
            <List.Item key={reason}>
              {`${t(KEPT[reason])}: ${names.slice(0, TOLD).join(', ')}${names.length > TOLD ? ' …' : ''}`}
            </List.Item>
          ) : null,
        )}
      </List>
    </Alert>
  );
}

/** Computers known from the directory that are no longer in it. */
function Missing({ run: { counts, knownBefore, missing } }: { run: Run }): ReactNode {
  const t = useT();
  const count = counts?.missing ?? 0;
  if (count === 0) return null;
  return (
    <Alert color="yellow" mb="sm" title={t('import.missing', { count, known: knownBefore ?? 0 })}>
      {t('import.missing.stay')}
      <Text size="sm">
        {missing.slice(0, TOLD).map(({ computer, name }) => (
          <Anchor key={computer} component={Link} to={`/computers/${computer}`} size="sm" mr="xs">
            {name}
          </Anchor>
        ))}
        {count > TOLD && '…'}
      </Text>
    </Alert>
  );
}
