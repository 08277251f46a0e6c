import { Button, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useNavigate } from 'react-router';
import { api, take, type Schema } from '../../api.js';
import { FormDialog } from '../../forms/dialogs.js';
import { useMay } from '../../session/session.js';
import { Fault } from '../../show.js';
import { language, useT } from '../../texts.js';
import { isOpen } from './rollout-state.js';

type Detail = Schema['RolloutDetailDto'];
const CHANGES = ['rollouts', 'orders', 'computers', 'overview'] as const;

type Asked = 'pause' | 'abort' | 'shift' | 'resume' | 'nextWave';

/** What may be done with a rollout as it stands, and its report. */
export function RolloutActions({ rollout }: { rollout: Detail }): ReactNode {
  const t = useT();
  const may = useMay('operator');
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Asked | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { id, name, state, wave, waves, counts, stoppedDps } = rollout;
  const path = { params: { path: { id } } };
  const run = async (work: () => Promise<unknown>): Promise<void> => {
    setError(null);
    try {
      await work();
    } catch (failure) {
      setError(failure);
    }
    for (const key of CHANGES) void client.invalidateQueries({ queryKey: [key] });
  };
  const isActive = isOpen(rollout);
  const mayResume = state === 'paused' || (state === 'running' && stoppedDps.length > 0);
  const report = (
    <>
      <Button
        variant="default"
        component="a"
        href={`/api/v1/rollouts/${id}/report.csv?lang=${language()}`}
        download
      >
        {t('rollout.report')}
      </Button>
      <Button variant="default" onClick={() => window.print()}>
        {t('print')}
      </Button>
    </>
  );
  if (!may) return report;
  return (
    <>
      <Fault error={error} />
      {mayResume && <Button onClick={() => setAsked('resume')}>{t('rollout.resume')}</Button>}
      {state === 'running' && wave < waves.length - 1 && (
        <Button variant="default" onClick={() => setAsked('nextWave')}>
          {t('rollout.nextWave')}
        </Button>
      )}
      {(state === 'running' || state === 'scheduled') && (
        <Button variant="default" onClick={() => setAsked('pause')}>
          {t('rollout.pause')}
        </Button>
      )}
      {state === 'scheduled' && (
        <Button variant="default" onClick={() => setAsked('shift')}>
          {t('rollout.shift')}
        </Button>
      )}
      {isActive && (
        <Button color="red.8" onClick={() => setAsked('abort')}>
          {t('rollout.abort')}
        </Button>
      )}
      {(state === 'finished' || state === 'aborted') && counts.bad > 0 && (
        <Button
          onClick={() =>
            void run(async () => {
              const made = await take(api.POST('/api/v1/rollouts/{id}/retry-failed', { ...path, body: {} }));
              await navigate(`/rollouts/${made.id}`);
            })
          }
        >
          {t('rollout.retryFailed')}
        </Button>
      )}
      {report}
      {asked === 'resume' && (
        <FormDialog
          title={`${t('rollout.resume')}: ${name}`}
          action="rollout.resume"
          explain={t('explain.rollout.resume', { waiting: counts.waiting, underWay: counts.underWay })}
          changes={CHANGES}
          onClose={() => setAsked(null)}
          onSubmit={() => take(api.POST('/api/v1/rollouts/{id}/resume', { ...path, body: {} }))}
        />
      )}
      {asked === 'nextWave' && (
        <FormDialog
          title={`${t('rollout.nextWave')}: ${name}`}
          action="rollout.nextWave"
          explain={<NextWave of={rollout} />}
          changes={CHANGES}
          onClose={() => setAsked(null)}
          onSubmit={() => take(api.POST('/api/v1/rollouts/{id}/next-wave', { ...path, body: { wave } }))}
        />
      )}
      {asked === 'shift' && (
        <FormDialog
          title={`${t('rollout.shift')}: ${name}`}
          action="change"
          explain={t('explain.rollout.shift')}
          fields={[{ name: 'startAt', label: 'rollout.startAt', kind: 'time' }]}
          changes={CHANGES}
          onClose={() => setAsked(null)}
          onSubmit={({ startAt }) =>
            take(api.POST('/api/v1/rollouts/{id}/shift', { ...path, body: { startAt: startAt || null } }))
          }
        />
      )}
      {(asked === 'pause' || asked === 'abort') && (
        <StopRollout id={id} name={name} what={asked} onClose={() => setAsked(null)} />
      )}
    </>
  );
}

/** What is skipped by going on before the wave under way has proved itself. */
function NextWave({ of: { wave, waves } }: { of: Detail }): ReactNode {
  const t = useT();
  const [now, next] = [waves[wave], waves[wave + 1]];
  if (!now || !next) return null;
  const { good, bad } = now.counts;
  return (
    <>
      <Text size="sm">{t('explain.rollout.nextWave', { wave: wave + 1, size: now.size, good, bad })}</Text>
      <Text size="sm">{t('explain.rollout.nextWave.then', { count: next.size })}</Text>
    </>
  );
}

interface StopProps {
  id: string;
  /** Says which one, in a list of them. */
  name: string;
  what: 'pause' | 'abort';
  onClose: () => void;
}

/** Asks why, and stops a rollout for a while or for good. */
export function StopRollout({ id, name, what, onClose }: StopProps): ReactNode {
  const t = useT();
  const path = { params: { path: { id } } };
  return (
    <FormDialog
      title={`${t(`rollout.${what}`)}: ${name}`}
      action={`rollout.${what}`}
      danger={what === 'abort'}
      back="form.back"
      explain={t(`explain.rollout.${what}`)}
      fields={[{ name: 'note', label: 'reason' }]}
      changes={CHANGES}
      onClose={onClose}
      onSubmit={({ note }) => {
        const body = note ? { note } : {};
        return what === 'pause'
          ? take(api.POST('/api/v1/rollouts/{id}/pause', { ...path, body }))
          : take(api.POST('/api/v1/rollouts/{id}/abort', { ...path, body }));
      }}
    />
  );
}
