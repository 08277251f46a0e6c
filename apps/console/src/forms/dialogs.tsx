import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react';
import { useFocusBack } from './focus-back.js';
import { faultsOf, without } from './form-faults.js';
import { Fields, initialValues, type Field } from './form-fields.js';
import { Fault } from '../show.js';
import { known, text, type TextKey, useT } from '../texts.js';

export { Fields, initialValues, type Field } from './form-fields.js';

/** Fields that browsers do not know to be empty. */
const PICKED: ReadonlySet<string> = new Set(['dp', 'tenant', 'timeZone']);

interface Props {
  title: string;
  /** What the button says. */
  action: TextKey;
  explain?: ReactNode;
  fields?: readonly Field[];
  /** What will come of it, as the fields stand. */
  preview?: (values: Readonly<Record<string, string>>) => ReactNode;
  danger?: boolean;
  /** What the button says that leaves all as it is, where "Cancel" could be meant otherwise. */
  back?: TextKey;
  /** @returns what was done, in words; of anything else the action and the name of the thing are said */
  onSubmit: (values: Record<string, string>) => Promise<unknown>;
  onClose: () => void;
  /** What becomes stale. */
  changes: readonly string[];
}

/** A question with fields; stays open with what was typed until the server has taken it. */
export function FormDialog(props: Props): ReactNode {
  const {
    title,
    action,
    explain,
    fields = [],
    preview,
    danger = false,
    back,
    onSubmit,
    onClose,
    changes,
  } = props;
  const t = useT();
  const client = useQueryClient();
  useFocusBack();
  const form = useRef<HTMLFormElement>(null);
  const [values, setValues] = useState(() => initialValues(fields));
  const [faults, setFaults] = useState(() => faultsOf(null, []));
  const [refusals, setRefusals] = useState(0);
  const [busy, setBusy] = useState(false);
  // whoever closes it meanwhile may have opened another one by the time of the answer
  const isShown = useRef(true);
  const close = (): void => {
    isShown.current = false;
    onClose();
  };
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals]);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const missing = fields.filter(({ kind = 'text', name, required }) => {
      return required && PICKED.has(kind) && !values[name];
    });
    if (missing.length > 0) {
      const faulty = missing.map(({ name }) => [name, t('pick.required')] as const);
      setFaults({ fields: Object.fromEntries(faulty), rest: null });
      setRefusals((count) => count + 1);
      return;
    }
    setBusy(true);
    setFaults(faultsOf(null, []));
    try {
      const done = await onSubmit(values);
      notifications.show({
        message: typeof done === 'string' ? done : doneText(action, title, values),
        color: 'teal',
        closeButtonProps: { 'aria-label': t('close') },
      });
      if (isShown.current) onClose();
    } catch (failure) {
      if (!isShown.current) tellFailure(title, failure);
      setFaults(atTheirFields(failure, fields));
      setRefusals((count) => count + 1);
    } finally {
      setBusy(false);
      for (const key of changes) void client.invalidateQueries({ queryKey: [key] });
    }
  };
  const change = (now: Record<string, string>): void => {
    const changed = Object.keys(now).filter((name) => now[name] !== values[name]);
    setFaults((before) => changed.reduce((left, name) => without(left, name), before));
    setValues(now);
  };
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      size="lg"
      // a click that goes astray loses nothing that was typed
      closeOnClickOutside={fields.length === 0}
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form ref={form} onSubmit={(event) => void submit(event)}>
        <Stack>
          {explain !== undefined &&
            (typeof explain === 'string' ? <Text size="sm">{explain}</Text> : explain)}
          <Fields fields={fields} values={values} faults={faults.fields} onChange={change} />
          {preview?.(values)}
          <Fault error={faults.rest} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t(back ?? 'form.cancel')}
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

/** What came of a dialog that is closed already. */
function tellFailure(title: string, failure: unknown): void {
  notifications.show({
    title,
    message: <Fault error={failure} />,
    color: 'red',
    autoClose: false,
    closeButtonProps: { 'aria-label': text('close') },
  });
}

/** Fields may be called otherwise in the request. */
function atTheirFields(failure: unknown, fields: readonly Field[]): ReturnType<typeof faultsOf> {
  const names = new Map(fields.map(({ name, path }) => [path ?? name, name]));
  const found = faultsOf(failure, [...names.keys()]);
  const own = Object.entries(found.fields).map(([path, message]) => [names.get(path) ?? path, message]);
  return { ...found, fields: Object.fromEntries(own) as Record<string, string> };
}

/** Fields by which things are called. */
const NAMES = ['name', 'label', 'user', 'version', 'id'] as const;

/** What was done, and to what: by the dialog's title, or by the name that was given to it. */
function doneText(action: TextKey, title: string, values: Readonly<Record<string, string>>): string {
  const of = title.includes(': ') ? title.slice(title.indexOf(': ') + 2) : '';
  const name = of || (NAMES.map((field) => values[field]).find((value) => value) ?? '');
  const did = known(`did.${action}`);
  if (did === null) return name === '' ? text('done') : `${title}. ${text('done')}`;
  return name === '' ? `${title}: ${did}` : `${name}: ${did}`;
}
