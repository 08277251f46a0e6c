import { Button, Group, Modal, NativeSelect, SimpleGrid, Stack, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { api, take, type Schema } from '../../api.js';
import { useTenants } from '../../names.js';
import { PickField } from '../../forms/pick-field.js';
import { Fault } from '../../show.js';
import { type TextKey, useT } from '../../texts.js';

/** What may be said of a computer whose DP is asked for. */
export interface ExplainField<Name extends string> {
  name: Name;
  label: TextKey;
  required?: boolean;
  placeholder?: string;
}

interface Props<Name extends string, Explanation> {
  title: TextKey;
  fields: readonly ExplainField<Name>[];
  /** What is known of a computer; choosing one fills the fields with it. */
  fieldsOf: (computer: Schema['ComputerDto']) => Partial<Record<Name, string>>;
  ask: (tenant: string, values: Partial<Record<Name, string>>) => Promise<Explanation>;
  show: (explanation: Explanation) => ReactNode;
  onClose: () => void;
}

/** Asks what the rules of a tenant make of a computer, and shows the reason of each. */
export function RuleExplain<Name extends string, Explanation>(props: Props<Name, Explanation>): ReactNode {
  const { title, fields, fieldsOf, ask, show, onClose } = props;
  const t = useT();
  const [values, setValues] = useState<Partial<Record<Name, string>>>({});
  const [tenant, setTenant] = useState('');
  const tenants = useTenants();
  const chosen = tenant || (tenants.data?.items[0]?.id ?? '');
  const explain = useMutation({ mutationFn: () => ask(chosen, values) });
  const [computer, setComputer] = useState('');
  // answers come in any order: only that of the computer chosen last fills the fields
  const latest = useRef('');
  const fill = useMutation({
    mutationFn: (id: string) => take(api.GET('/api/v1/computers/{id}', { params: { path: { id } } })),
    onSuccess: (found, id) => {
      if (id === latest.current) change(found.tenant, fieldsOf(found));
    },
  });
  /** An explanation is of what was asked: with anything else in the fields there is none. */
  const change = (to: string, now: Partial<Record<Name, string>>): void => {
    setTenant(to);
    setValues(now);
    explain.reset();
  };
  const choose = (id: string): void => {
    latest.current = id;
    setComputer(id);
    explain.reset();
    if (id === '') fill.reset();
    else fill.mutate(id);
  };
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    explain.mutate();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={t(title)}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form onSubmit={submit}>
        <Stack>
          <PickField
            of="computer"
            label={t('computer')}
            description={t('hint.explain.computer')}
            none={t('explain.anyComputer')}
            value={computer}
            onChange={choose}
          />
          <Fault error={fill.error} />
          <NativeSelect
            label={t('tenant')}
            value={chosen}
            onChange={(event) => change(event.currentTarget.value, values)}
            data={(tenants.data?.items ?? []).map(({ id, name }) => ({ value: id, label: name }))}
          />
          <SimpleGrid cols={{ base: 1, sm: 3 }}>
            {fields.map(({ name, label, required, placeholder }) => (
              <TextInput
                key={name}
                label={t(label)}
                required={required}
                placeholder={placeholder}
                value={values[name] ?? ''}
                onChange={({ currentTarget: { value } }) => change(tenant, { ...values, [name]: value })}
              />
            ))}
          </SimpleGrid>
          <Group justify="flex-end">
            <Button type="submit" loading={explain.isPending} disabled={chosen === '' || fill.isPending}>
              {t('explain')}
            </Button>
          </Group>
          <Fault error={explain.error} />
          {explain.data !== undefined && show(explain.data)}
        </Stack>
      </form>
    </Modal>
  );
}
