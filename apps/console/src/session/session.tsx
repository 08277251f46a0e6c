import { Alert, Button, Center, Paper, Text, Title } from '@mantine/core';
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, lazy, Suspense, use, useEffect, useState, type ReactNode } from 'react';
import { api, ApiError, sessionEnd, take, type Schema } from '../api.js';
import { Mark } from '../mark.js';
import { SignIn } from './sign-in.js';
import { useT } from '../texts.js';

/** Loaded when a session ends: most do not while the console is open. */
const SessionEnded = lazy(() =>
  import('./session-ended.js').catch(() => {
    // a console that was replaced meanwhile no longer has it; the new one does
    location.reload();
    return { default: () => null };
  }),
);

type Session = Schema['SessionDto'];
type Role = Session['role'];

const ROLES: readonly Role[] = ['viewer', 'operator', 'admin', 'owner'];
/** How often a server that did not answer is asked again. */
const LOOK_MS = 3000;
const Current = createContext<Session | null>(null);

/** Who is signed in; null: nobody. */
export const SESSION = queryOptions({
  queryKey: ['session'],
  queryFn: () => take(api.GET('/api/v1/session')).catch(nobody),
  staleTime: Infinity,
});

/** Who is signed in. */
export function useSession(): Session {
  const session = use(Current);
  if (session === null) throw new Error('used outside of the session');
  return session;
}

/** Whether the role is enough; the server decides, this only hides what it would refuse. */
export function useMay(least: Role): boolean {
  return ROLES.indexOf(useSession().role) >= ROLES.indexOf(least);
}

/** The roles that somebody may give to others: up to their own. */
export function rolesUpTo(role: Role): readonly Role[] {
  return ROLES.slice(0, ROLES.indexOf(role) + 1);
}

/** Says why there is nothing to click, to whom the role does not suffice. */
export function RoleNote({ least }: { least: Role }): ReactNode {
  const t = useT();
  const { role } = useSession();
  if (ROLES.indexOf(role) >= ROLES.indexOf(least)) return null;
  return (
    <Text size="sm" mb="sm" role="note">
      {t('role.note', { role: t(`role.${role}`), least: t(`role.${least}`) })}
    </Text>
  );
}

/** What was typed as tenants; nothing: all. */
export function tenantsFrom(text: string): 'all' | string[] {
  const tenants = text.split(/[\s,]+/).filter((one) => one !== '');
  return tenants.length === 0 ? 'all' : tenants;
}

/**
 * Shows its children to who is signed in. When the session ends while they are open, they stay under a dialog that
 * asks for the password again: nothing that was typed is lost.
 */
export function SessionGate({ children }: { children: ReactNode }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const [ended, setEnded] = useState(false);
  const session = useQuery({
    ...SESSION,
    // nothing can be shown without it: asked for until somebody answers
    refetchInterval: ({ state }) => (state.status === 'error' ? LOOK_MS : false),
  });
  useEffect(() => {
    const end = (): void => setEnded(true);
    sessionEnd.addEventListener('end', end);
    return () => sessionEnd.removeEventListener('end', end);
  }, []);
  const signedIn = (who: Session): void => {
    client.setQueryData(['session'], who);
    setEnded(false);
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' });
  };
  // who was signed in is shown on when the server is away: what is typed and chosen would be gone with it
  if (session.data === undefined && session.failureCount > 0) {
    return (
      <Center component="main" h="100vh" p="md">
        <Alert color="red" role="alert" title={t('error.unreachable')}>
          <Text size="sm" mb="sm">
            {t('error.unreachable.next')}
          </Text>
          <Button variant="default" onClick={() => void session.refetch()}>
            {t('retry')}
          </Button>
        </Alert>
      </Center>
    );
  }
  if (session.data === undefined) return null;
  if (session.data === null) {
    return (
      <Center component="main" mih="100vh" p="md">
        <Paper withBorder shadow="md" p="xl" w={380} radius="md">
          <Title order={1} mb="lg">
            <Mark size={36} />
          </Title>
          <SignIn onDone={signedIn} />
        </Paper>
      </Center>
    );
  }
  return (
    <Current value={session.data}>
      {children}
      {ended && (
        <Suspense>
          <SessionEnded user={session.data.user} onDone={signedIn} />
        </Suspense>
      )}
    </Current>
  );
}

function nobody(error: unknown): null {
  if (error instanceof ApiError && error.problem.status === 401) return null;
  throw error;
}
