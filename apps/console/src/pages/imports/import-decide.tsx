import { Alert, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';

type Run = Schema['ImportRunDto'];
type Decision = Schema['DecideImportDto']['decision'];

function useDecide(run: Run, onDecided: (run: Run) => void, lines?: number[]) {
  return useMutation({
    mutationFn: (decision: Decision) =>
      take(
        api.POST('/api/v1/imports/{id}/decide', {
          params: { path: { id: run.id } },
          body: { decision, ...(lines && { lines }) },
        }),
      ),
    onSuccess: onDecided,
  });
}

/** Rows with the name of another computer: for all of them, whether they are the same computer. */
export function Undecided({ run, onDecided }: { run: Run; onDecided: (run: Run) => void }): ReactNode {
  const t = useT();
  const decide = useDecide(run, onDecided);
  if (run.state !== 'previewed' || run.undecided === 0) return null;
  return (
    <Alert color="yellow" mb="md" title={t('import.decide')}>
      {t('import.decide.explain', { count: run.undecided })}
      <Group gap="xs" mt="xs">
        <Button size="xs" variant="default" loading={decide.isPending} onClick={() => decide.mutate('same')}>
          {t('import.decide.sameAll')}
        </Button>
        <Button size="xs" variant="default" loading={decide.isPending} onClick={() => decide.mutate('other')}>
          {t('import.decide.otherAll')}
        </Button>
      </Group>
      <Fault error={decide.error} />
    </Alert>
  );
}

/** The same for one row. */
export function DecideRow({
  run,
  line,
  onDecided,
}: {
  run: Run;
  line: number;
  onDecided: (run: Run) => void;
}): ReactNode {
  const t = useT();
  const decide = useDecide(run, onDecided, [line]);
  return (
    <Group gap="xs" wrap="nowrap">
      <Button size="compact-xs" variant="default" onClick={() => decide.mutate('same')}>
        {t('import.decide.same')}
      </Button>
      <Button size="compact-xs" variant="default" onClick={() => decide.mutate('other')}>
        {t('import.decide.other')}
      </Button>
      <Fault error={decide.error} />
    </Group>
  );
}
