import {
  Button,
  Group,
  Modal,
  NativeSelect,
  PasswordInput,
  Stack,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useFocusBack } from './focus-back.js';
import { Fault } from './show.js';
import { type TextKey, useT } from './texts.js';

export interface Field {
  name: string;
  label: TextKey;
  kind?: 'text' | 'password' | 'area' | 'select';
  options?: readonly { value: string; label: string }[];
  required?: boolean;
  hint?: TextKey;
  initial?: string;
}

interface Props {
  title: string;
  /** What the button says. */
  action: TextKey;
  explain?: ReactNode;
  fields?: readonly Field[];
  danger?: boolean;
  onSubmit: (values: Record<string, string>) => Promise<unknown>;
  onClose: () => void;
  /** What becomes stale. */
  changes: readonly string[];
}

/** A question with fields; stays open with what was typed until the server has taken it. */
export function FormDialog(props: Props): ReactNode {
  const { title, action, explain, fields = [], danger = false, onSubmit, onClose, changes } = props;
  const t = useT();
  const client = useQueryClient();
  useFocusBack();
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(
      fields.map(({ name, initial, options }) => [name, initial ?? options?.[0]?.value ?? '']),
    ),
  );
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await onSubmit(values);
      notifications.show({
        message: t('done'),
        color: 'teal',
        closeButtonProps: { 'aria-label': t('close') },
      });
      onClose();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
      for (const key of changes) void client.invalidateQueries({ queryKey: [key] });
    }
  };
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('close') }}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack>
          {explain !== undefined &&
            (typeof explain === 'string' ? <Text size="sm">{explain}</Text> : explain)}
          {fields.map((field) => (
            <OneField
              key={field.name}
              field={field}
              value={values[field.name] ?? ''}
              onChange={(value) => setValues((old) => ({ ...old, [field.name]: value }))}
            />
          ))}
          <Fault error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('close')}
            </Button>
            <Button type="submit" loading={busy} {...(danger && { color: 'red.8' })}>
              {t(action)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface OneFieldProps {
  field: Field;
  value: string;
  onChange: (value: string) => void;
}

function OneField({ field, value, onChange }: OneFieldProps): ReactNode {
  const t = useT();
  const shared = {
    label: t(field.label),
    description: field.hint && t(field.hint),
    required: field.required,
    value,
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  switch (field.kind) {
    case 'password':
      return <PasswordInput {...shared} autoComplete="new-password" />;
    case 'area':
      return <Textarea {...shared} autosize minRows={3} maxRows={12} />;
    case 'select':
      return <NativeSelect {...shared} data={[...(field.options ?? [])]} />;
    case 'text':
    case undefined:
      return <TextInput {...shared} />;
  }
}
