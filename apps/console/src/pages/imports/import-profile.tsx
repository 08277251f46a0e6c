import { Alert, Button, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { Fault } from '../../show.js';
import { useT } from '../../texts.js';

type Run = Schema['ImportRunDto'];

/** Keeps what the run was told for the next file with these headings. */
export function SaveProfile({ run }: { run: Run }): ReactNode {
  const t = useT();
  const client = useQueryClient();
  const [name, setName] = useState(run.file?.name.replace(/\.[^.]*$/, '') ?? '');
  const profile = run.assignment?.profile ?? null;
  const save = useMutation({
    mutationFn: () =>
      profile
        ? take(
            api.PATCH('/api/v1/import-profiles/{id}', {
              params: { path: { id: profile.id } },
              body: { run: run.id },
            }),
          )
        : take(api.POST('/api/v1/import-profiles', { body: { name, run: run.id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['imports'] }),
  });
  if (!run.options.mapping && !run.options.columns) return null;
  return (
    <>
      {!profile && (
        <TextInput
          label={t('mapping.profileName')}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
      )}
      <Button
        variant="default"
        disabled={!profile && name.trim() === ''}
        loading={save.isPending}
        onClick={() => save.mutate()}
      >
        {profile ? t('mapping.updateProfile', { name: profile.name }) : t('mapping.saveProfile')}
      </Button>
      {save.data && (
        <Alert color="teal" role="status">
          {t('mapping.saved', { name: save.data.name })}
        </Alert>
      )}
      <Fault error={save.error} />
    </>
  );
}
