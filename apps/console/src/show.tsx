import { Alert, Anchor, Badge, Box, Group, List, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import { ApiError } from './api.js';
import { useNow } from './clock.js';
import { formats } from './formats.js';
import { named, type TextKey, useT } from './texts.js';

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

/** A badge that says the one word that matters is never cut. */
export const WHOLE = { flexShrink: 0, minWidth: 'max-content', verticalAlign: 'middle' } as const;

/** A state by its name, coloured by what it asks of the reader. */
export function State({ of }: { of: string }): ReactNode {
  useT(); // drawn again when the language changes
  return (
    <Badge variant="dot" color={COLOURS[of] ?? 'gray.6'} style={WHOLE}>
      {named('state', of)}
    </Badge>
  );
}

/** What is to be looked at, beside a state: white on any orange is hard to read. */
export const WARNING = { variant: 'light', color: 'orange', c: 'var(--mantine-color-text)' } as const;

/** A time in the viewer's zone, to the second where it is one of many; hovering gives UTC. */
export function Time({ at, exact = false }: { at: string | null | undefined; exact?: boolean }): ReactNode {
  if (!at) return '–';
  const utc = `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  return (
    <time dateTime={at} title={utc}>
      {formats()[exact ? 'exact' : 'short'].format(new Date(at))}
    </time>
  );
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** How long ago something was, kept true while it is on screen; hovering gives the time itself, here and in UTC. */
export function Age({ at }: { at: string | null | undefined }): ReactNode {
  const t = useT();
  const now = useNow();
  if (!at) return '–';
  const time = new Date(at);
  const passed = Math.max(0, now - time.getTime());
  const [unit, length] = UNITS.find(([, one]) => passed >= one) ?? [];
  const utc = `${time.toISOString().replace('T', ' ').slice(0, 19)} UTC`;
  return (
    <time dateTime={at} title={`${formats().short.format(time)} (${utc})`}>
      {unit === undefined ? t('justNow') : formats().ago.format(-Math.floor(passed / length), unit)}
    </time>
  );
}

/** A number as the language writes it; a dash where there is none. */
export function Count({ of }: { of: number | null | undefined }): ReactNode {
  useT(); // drawn again when the language changes
  return of === null || of === undefined ? '–' : formats().number.format(of);
}

interface HeadingProps {
  title: string;
  /** Behind the title, as a part of it. */
  note?: ReactNode;
  /** The list that it stands in. */
  of?: { path: string; name: TextKey };
  children?: ReactNode;
}

/** A page's heading with the way to it, and what can be done there; the browser's tab is called so as well. */
export function Heading({ title, note, of, children }: HeadingProps): ReactNode {
  const t = useT();
  useEffect(() => {
    document.title = `${title} · Relaypoint`;
  }, [title]);
  return (
    <Box mb="md">
      {of && (
        <Anchor component={Link} to={of.path} size="sm" className="screen-only">
          ← {t(of.name)}
        </Anchor>
      )}
      <Group justify="space-between">
        <Title order={1} size="h3" display="flex" style={{ alignItems: 'center', flexWrap: 'wrap', gap: 12 }}>
          {title} {note}
        </Title>
        <Group gap="xs">{children}</Group>
      </Group>
    </Box>
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
      {problem && <Mend code={problem.code} />}
    </Alert>
  );
}

/** In the place of a thing that cannot be shown: why, and the way back to the list. */
export function NotShown({
  error,
  heading,
  back,
}: {
  error: unknown;
  heading: string;
  back: string;
}): ReactNode {
  return (
    <>
      <Heading title={heading} />
      <Fault error={error} />
      <Anchor component={Link} to={back} size="sm">
        ← {heading}
      </Anchor>
    </>
  );
}

/** Where a person mends what was refused with this code. */
const MENDED_AT = {
  DP_NOT_ENABLED: ['/distribution-points', 'page.dps'],
  DP_DISABLED: ['/distribution-points', 'page.dps'],
  NO_ACCOUNT: ['/accounts', 'page.accounts'],
} as const satisfies Record<string, readonly [path: string, page: TextKey]>;

/** A link to the page where a refusal is mended, for those that another page mends. */
function Mend({ code }: { code: string }): ReactNode {
  const t = useT();
  if (!Object.hasOwn(MENDED_AT, code)) return null;
  const [path, page] = MENDED_AT[code as keyof typeof MENDED_AT];
  return (
    <Anchor component={Link} to={path} size="sm" underline="always">
      {t(page)}
    </Anchor>
  );
}

/** What became of one of many: done, or why not and where that is mended. */
export function Refusal({ code, message }: { code?: string; message: string }): ReactNode {
  return (
    <Text span size="sm" title={message} {...(code && { fw: 600 })}>
      {message} {code && <Mend code={code} />}
    </Text>
  );
}
