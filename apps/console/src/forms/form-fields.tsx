import { Checkbox, Fieldset, Input, NativeSelect, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, take } from '../api.js';
import { PickField } from './pick-field.js';
import { type TextKey, useT } from '../texts.js';
import { Windows } from './windows-field.js';
import type { Window } from './windows-text.js';

export interface Field {
  name: string;
  label: TextKey;
  /**
   * `check` is 'true' or '', `time` an instant in ISO 8601 or '', `clientRelease` a version or '' for the default, `windows`
   * maintenance windows as JSON or ''; `dp`, `tenant` and `timeZone` an id, found by typing a part of its name, `dps` and
   * `tenants` any number of them joined by commas.
   */
  kind?:
    | 'text'
    | 'password'
    | 'area'
    | 'select'
    | 'check'
    | 'time'
    | 'clientRelease'
    | 'windows'
    | 'dp'
    | 'dps'
    | 'tenant'
    | 'tenants'
    | 'timeZone'
    | 'own';
  /** Of `own`: what it looks like. */
  render?: (field: { value: string; error?: string; onChange: (value: string) => void }) => ReactNode;
  /** Of what is found by typing: what no choice means; absent: there has to be one. */
  none?: TextKey;
  /** What it is called in the request, where that is not its name here. */
  path?: string;
  /** Of what is found by typing: what stands before the rest. */
  options?: readonly { value: string; label: string }[];
  required?: boolean;
  hint?: TextKey;
  initial?: string;
}

export function initialValues(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(
    fields.map(({ name, initial, options, kind }) => [
      name,
      initial ?? (kind === 'select' ? options?.[0]?.value : undefined) ?? '',
    ]),
  );
}

interface FieldsProps {
  fields: readonly Field[];
  values: Readonly<Record<string, string>>;
  /** What is wrong with each, by its name. */
  faults?: Readonly<Record<string, string>>;
  onChange: (values: Record<string, string>) => void;
}

export function Fields({ fields, values, faults = {}, onChange }: FieldsProps): ReactNode {
  return fields.map((field) => (
    <OneField
      key={field.name}
      field={field}
      value={values[field.name] ?? ''}
      error={faults[field.name]}
      onChange={(value) => onChange({ ...values, [field.name]: value })}
    />
  ));
}

interface OneFieldProps {
  field: Field;
  value: string;
  error?: string;
  onChange: (value: string) => void;
}

function OneField({ field, value, error, onChange }: OneFieldProps): ReactNode {
  const t = useT();
  const shared = {
    label: t(field.label),
    description: field.hint && t(field.hint),
    required: field.required,
    error,
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
          error={error}
          checked={value === 'true'}
          onChange={(event) => onChange(event.currentTarget.checked ? 'true' : '')}
        />
      );
    case 'own':
      return field.render?.({ value, onChange, ...(error !== undefined && { error }) });
    case 'time':
      return <TimeField {...shared} onChange={onChange} />;
    case 'dp':
    case 'tenant':
    case 'timeZone':
    case 'dps':
    case 'tenants': {
      const many = field.kind === 'dps' || field.kind === 'tenants';
      const of = field.kind === 'dps' ? 'dp' : field.kind === 'tenants' ? 'tenant' : field.kind;
      const { none, options } = field;
      return (
        <PickField
          {...shared}
          of={of}
          many={many}
          none={none && t(none)}
          first={options}
          onChange={onChange}
        />
      );
    }
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
          {error && (
            <Input.Error mt="xs" role="alert">
              {error}
            </Input.Error>
          )}
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
  error?: string;
  onChange: (value: string) => void;
}

/** A time in the viewer's zone, as browsers ask for it. */
function TimeField({ label, description, error, onChange }: SpecialProps): ReactNode {
  return (
    <TextInput
      type="datetime-local"
      label={label}
      description={description}
      error={error}
      onChange={({ currentTarget: { value } }) => onChange(value && new Date(value).toISOString())}
    />
  );
}

function ClientReleaseField({
  label,
  description,
  error,
  value,
  onChange,
}: SpecialProps & { value: string }): ReactNode {
  const t = useT();
  const releases = useQuery({
    queryKey: ['releases', 'all'],
    queryFn: () => take(api.GET('/api/v1/client-releases', { params: { query: { limit: 500 } } })),
  });
  const published = (releases.data?.items ?? []).filter(({ state }) => state === 'published');
  return (
    <NativeSelect
      label={label}
      description={description}
      error={error}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      data={[
        { value: '', label: t('release.default') },
        ...published.map(({ version }) => ({ value: version, label: version })),
      ]}
    />
  );
}
