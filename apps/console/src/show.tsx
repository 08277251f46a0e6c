import { Alert, Badge, Group, List, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { ApiError } from './api.js';
import { language, named, useT } from './texts.js';

const COLOURS: Readonly<Record<string, string>> = {
  ready: 'teal',
  succeeded: 'teal',
  enabled: 'teal',
  published: 'teal',
  committed: 'teal',
  new: 'teal',
  'install-failed': 'red',
  failed: 'red',
  rejected: 'red',
  expired: 'red',
  'outcome-unknown': 'red',
  disabled: 'red',
  releasing: 'blue',
  running: 'blue',
  leased: 'blue',
  reading: 'blue',
  committing: 'blue',
  changed: 'blue',
  'pending-restart': 'yellow',
  'awaiting-registration': 'yellow',
  cancelling: 'yellow',
  pending: 'yellow',
  previewed: 'yellow',
};

/** A state by its name, coloured by what it asks of the reader. */
export function State({ of }: { of: string }): ReactNode {
  useT(); // drawn again when the language changes
  return (
    <Badge variant="dot" color={COLOURS[of] ?? 'gray'} tt="none" style={{ flexShrink: 0 }}>
      {named('state', of)}
    </Badge>
  );
}

const FORMAT = { dateStyle: 'short', timeStyle: 'short' } as const;
/** Made once: each costs more than a whole row. */
const FORMATS = { en: new Intl.DateTimeFormat('en', FORMAT), de: new Intl.DateTimeFormat('de', FORMAT) };

/** A time in the viewer's zone; hovering gives UTC. */
export function Time({ at }: { at: string | null | undefined }): ReactNode {
  if (!at) return '–';
  const utc = `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  return (
    <time dateTime={at} title={utc}>
      {FORMATS[language()].format(new Date(at))}
    </time>
  );
}

/** A page's heading with what can be done there. */
export function Heading({ title, children }: { title: ReactNode; children?: ReactNode }): ReactNode {
  return (
    <Group justify="space-between" mb="md">
      <Title order={1} size="h2">
        {title}
      </Title>
      <Group gap="xs">{children}</Group>
    </Group>
  );
}

/** What went wrong, with every fault and where it lies. */
export function Fault({ error }: { error: unknown }): ReactNode {
  const t = useT();
  if (!error) return null;
  const problem = error instanceof ApiError ? error.problem : null;
  return (
    <Alert color="red" role="alert" my="sm" title={problem?.detail ?? t('error.unreachable')}>
      {problem?.errors && (
        <List size="sm">
          {problem.errors.map(({ path, message }) => (
            <List.Item key={path + message}>
              <b>{path}</b> {message}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}

/** Codes of broken rules that the console explains itself, in its own language. */
const EXPLAINED = ['DP_NOT_ENABLED', 'NO_ACCOUNT', 'WRONG_STATE', 'NOT_FOUND'] as const;

/** What became of one of many: done, or why not. The server's sentences are English. */
export function Refusal({ code, message }: { code?: string; message: string }): ReactNode {
  const t = useT();
  const known = EXPLAINED.find((one) => one === code);
  const said = known && language() === 'de' ? t(`refused.${known}`) : message;
  return (
    <Text span size="sm" title={message} {...(code && { fw: 600 })}>
      {said}
    </Text>
  );
}
