import { Alert, Anchor, Group, List, Loader, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { api, isRefused, take, type Schema } from '../../api.js';
import { SmallCode, WithCodes } from '../../codes.js';
import { NamedDp } from '../../names.js';
import { RoleNote } from '../../session/session.js';
import { Heading, NotShown, Time } from '../../show.js';
import { named, type TextKey, useT } from '../../texts.js';
import { RolloutActions } from './rollout-actions.js';
import { FailedOnPaper, RolloutCauses, StoppedDps } from './rollout-causes.js';
import { RolloutMembers } from './rollout-members.js';
import { Waves } from './rollout-waves.js';
import { RolloutState } from './rollout-state.js';

type Detail = Schema['RolloutDetailDto'];

/** Everything of one rollout: waves, what stopped it, causes, computers; and what may be done with it. */
export function Component(): ReactNode {
  const t = useT();
  const { id = '' } = useParams();
  const query = useQuery({
    queryKey: ['rollouts', 'one', id],
    queryFn: () => take(api.GET('/api/v1/rollouts/{id}', { params: { path: { id } } })),
  });
  if (query.isPending) return <Loader aria-label={t('page.rollouts')} />;
  if (query.data === undefined || isRefused(query.error))
    return <NotShown error={query.error} heading={t('page.rollouts')} back="/rollouts" />;
  const rollout = query.data;
  return (
    <>
      <Heading title={rollout.name} of={{ path: '/rollouts', name: 'page.rollouts' }}>
        <RolloutActions rollout={rollout} />
      </Heading>
      <RoleNote least="operator" />
      <Stack>
        <Group gap="lg">
          <RolloutState of={rollout.state} />
          {rollout.kind === 'reinstall' && <Text size="sm">{t('rollout.kind.reinstall')}</Text>}
          <Text size="sm">{`${t('release.noun')}: ${rollout.release ?? t('release.default')}`}</Text>
          <Text size="sm">{t('rollout.computers', { count: rollout.size })}</Text>
          <Text size="sm">
            {`${t('requestedBy')}: ${rollout.requestedBy}, `}
            <Time at={rollout.createdAt} />
          </Text>
          <When rollout={rollout} />
        </Group>
        {rollout.note && <Text size="sm">{rollout.note}</Text>}
        {rollout.retryOf && (
          <Anchor component={Link} to={`/rollouts/${rollout.retryOf}`} size="sm">
            {t('rollout.retryOf')}
          </Anchor>
        )}
        {rollout.cause && (
          <Alert
            color={rollout.state === 'aborted' ? 'red' : 'yellow'}
            role="status"
            title={t(`rolloutCause.${rollout.cause.kind}` as TextKey)}
          >
            <Text size="sm">
              <WithCodes text={rollout.cause.text} /> <Time at={rollout.cause.at} exact />
            </Text>
            {rollout.cause.note && <Text size="sm">{rollout.cause.note}</Text>}
          </Alert>
        )}
        {rollout.stoppedDps.length > 0 && <StoppedDps rollout={rollout} />}
        <HeldBack rollout={rollout} />
        <section aria-labelledby="waves">
          <Title order={2} size="h4" mb="xs" id="waves">
            {t('rollout.waves')}
          </Title>
          <Waves rollout={rollout} />
        </section>
        <RolloutCauses rollout={rollout} />
        <Stack className="screen-only">
          <Title order={2} size="h4">
            {t('page.computers')}
          </Title>
          <RolloutMembers rollout={rollout} />
        </Stack>
        <FailedOnPaper rollout={rollout} />
      </Stack>
    </>
  );
}

/** What computers wait for although their turn has come: they are under way by the count of the waves. */
function HeldBack({ rollout: { heldBack = [] } }: { rollout: Detail }): ReactNode {
  const t = useT();
  if (heldBack.length === 0) return null;
  return (
    <Alert color="yellow" role="status" title={t('rollout.heldBack')}>
      <List size="sm">
        {heldBack.map(({ code, dp, count, until }) => (
          <List.Item key={`${code} ${dp}`}>
            <NamedDp id={dp} />
            {`, ${t('rollout.computers', { count })}: ${named('wait', code)} `}
            {until !== null && (
              <>
                {`${t('rollout.heldBack.until')} `}
                <Time at={until} />{' '}
              </>
            )}
            <SmallCode of={code} />
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/** When it begins, will have ended, or has. */
function When({ rollout: { state, startAt, eta, endedAt } }: { rollout: Detail }): ReactNode {
  const t = useT();
  const [label, at]: [TextKey, string | null] =
    endedAt !== null
      ? ['endedAt', endedAt]
      : state === 'scheduled'
        ? ['rollout.startAt', startAt]
        : ['rollout.eta', eta];
  if (at === null) return null;
  return (
    <Text size="sm">
      {`${t(label)}: `}
      <Time at={at} />
    </Text>
  );
}
