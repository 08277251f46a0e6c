import {
  Button,
  Checkbox,
  Fieldset,
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
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { api, take } from './api.js';
import { useFocusBack } from './focus-back.js';
import { Fault } from './show.js';
import { type TextKey, useT } from './texts.js';
import { type Window, Windows } from './windows-field.js';

export interface Field {
  name: string;
  label: TextKey;
  /**
   * `check` is 'true' or '', `time` an instant in ISO 8601 or '', `clientRelease` a version or '' for the default, `windows`
   * maintenance windows as JSON or ''.
   */
  kind?: 'text' | 'password' | 'area' | 'select' | 'check' | 'time' | 'clientRelease' | 'windows';
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
  /** What will come of it, as the fields stand. */
  preview?: (values: Readonly<Record<string, string>>) => ReactNode;
  danger?: boolean;
  onSubmit: (values: Record<string, string>) => Promise<unknown>;
  onClose: () => void;
  /** What becomes stale. */
  changes: readonly string[];
}

/** A question with fields; stays open with what was typed until the server has taken it. */
export function FormDialog(props: Props): ReactNode {
  const { title, action, explain, fields = [], preview, danger = false, onSubmit, onClose, changes } = props;
  const t = useT();
  const client = useQueryClient();
  useFocusBack();
  const [values, setValues] = useState(() => initialValues(fields));
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
          <Fields fields={fields} values={values} onChange={setValues} />
          {preview?.(values)}
          <Fault error={error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('form.cancel')}
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

export function initialValues(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ name, initial, options }) => [name, initial ?? options?.[0]?.value ?? '']),
  );
}

interface FieldsProps {
  fields: readonly Field[];
  values: Readonly<Record<string, string>>;
  onChange: (values: Record<string, string>) => void;
}

export function Fields({ fields, values, onChange }: FieldsProps): ReactNode {
  return fields.map((field) => (
    <OneField
      key={field.name}
      field={field}
      value={values[field.name] ?? ''}
      onChange={(value) => onChange({ ...values, [field.name]: value })}
    />
  ));
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
    case 'check':
      return (
        <Checkbox
          label={shared.label}
          description={shared.description}
          checked={value === 'true'}
          onChange={(event) => onChange(event.currentTarget.checked ? 'true' : '')}
        />
      );
    case 'time':
      return <TimeField {...shared} onChange={onChange} />;
    case 'clientRelease':
      return <ClientReleaseField {...shared} onChange={onChange} />;
    case 'windows':
      return (
        <Fieldset legend={shared.label}>
          <Windows
            windows={value === '' ? [] : (JSON.parse(value) as Window[])}
            none={shared.description ?? ''}
            onChange={(windows) => onChange(windows.length === 0 ? '' : JSON.stringify(windows))}
          />
        </Fieldset>
      );
    case 'text':
    case undefined:
      return <TextInput {...shared} />;
  }
}

interface SpecialProps {
  label: string;
  description?: string;
  onChange: (value: string) => void;
}

/** A time in the viewer's zone, as browsers ask for it. */
function TimeField({ label, description, onChange }: SpecialProps): ReactNode {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      description={description}
      onChange={({ currentTarget: { value } }) => onChange(value && new Date(value).toISOString())}
    />
  );
}

function ClientReleaseField({
  label,
  description,
  value,
  onChange,
}: SpecialProps & { value: string }): ReactNode {
  const t = useT();
  const releases = useQuery({
    queryKey: ['client-releases', 'all'],
    queryFn: () => take(api.GET('/api/v1/client-releases', { params: { query: { limit: 500 } } })),
  });
  const published = (releases.data?.items ?? []).filter(({ state }) => state === 'published');
  return (
    <NativeSelect
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t('release.default') },
        ...published.map(({ version }) => ({ value: version, label: version })),
      ]}
    />
  );
}
