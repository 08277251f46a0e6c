import { HOLD_CODES, isFailureCode, PHASES, type TimelineEvent } from '#domain';
import type { MessageDescriptor, TextKey, TextParam } from '#texts';

/** An event as a sentence. */
export function timelineText(event: TimelineEvent): MessageDescriptor {
  const { kind } = event;
  const params = {
    ...given(event),
    dp: event.dp ?? '?',
    by: part('timeline.by', 'by', textOf(event, 'by')),
    withDp: part('timeline.withDp', 'dp', event.dp),
  };
  switch (kind) {
    case 'order-progress':
      return withDetail(event, progress(event));
    case 'order-retry':
    case 'order-failed':
      return withDetail(event, failure(event));
    case 'alert-raised':
    case 'alert-cleared':
      return withDetail(event, alert(event));
    case 'order-held-back':
      return heldBack(event);
    case 'dp-assigned':
      return event.dp === null
        ? { key: 'timeline.server-assigned' }
        : { key: 'timeline.dp-assigned', params };
    default:
      return { key: `timeline.${kind}`, params };
  }
}

type Detailed = 'order-progress' | 'order-retry' | 'order-failed' | 'alert-raised' | 'alert-cleared';

function withDetail({ kind }: TimelineEvent, detail: TextParam | null): MessageDescriptor {
  const named = kind as Detailed;
  return detail === null
    ? { key: `timeline.${named}` }
    : { key: `timeline.${named}.detail`, params: { detail } };
}

/** What sentences of several kinds have in brackets, where the event has it. */
function given(event: TimelineEvent): Record<string, TextParam> {
  const result = textOf(event, 'result');
  const orderKind = textOf(event, 'orderKind');
  const to = event.to ?? '?';
  return {
    dpBefore: textOf(event, 'dpBefore') ?? '?',
    orderKind: orderKind === null ? '' : { key: 'timeline.kind', params: { kind: orderKind } },
    failureCode: because(codeOf(event, 'failure')),
    result: because(result === 'OK' ? null : result),
    state: part('timeline.state', 'state', textOf(event, 'state')),
    code: because(textOf(event, 'code')),
    to,
  };
}

function textOf({ data }: TimelineEvent, field: string): string | null {
  const found = data[field];
  return typeof found === 'string' && found !== '' ? found : null;
}

function codeOf({ data }: TimelineEvent, field: 'failure' | 'heldBack'): string | null {
  const { code } = (data[field] ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : null;
}

function part(key: TextKey, name: string, value: string | null): TextParam {
  return value === null ? '' : { key, params: { [name]: value } };
}

/** What a code says, with the code for who searches for it; one that this version does not know stands for itself. */
function because(code: string | null): TextParam {
  if (code === null || !isFailureCode(code)) return bracketed(code);
  return { key: 'timeline.because', params: { what: { key: `failed.${code}` }, code } };
}

const bracketed = (value: string | null): TextParam => part('timeline.bracketed', 'value', value);

function heldBack(event: TimelineEvent): MessageDescriptor {
  const code = codeOf(event, 'heldBack');
  const hold = HOLD_CODES.find((one) => one === code);
  if (hold === undefined) return { key: 'timeline.order-held-back', params: { heldBack: bracketed(code) } };
  return { key: 'timeline.order-held-back.detail', params: { why: { key: `wait.${hold}` } } };
}

function progress(event: TimelineEvent): TextParam | null {
  const percent = event.data['percent'];
  const written = textOf(event, 'phase');
  const phase = PHASES.find((one) => one === written);
  const parts = [
    ...(phase ? [{ key: `phase.${phase}` } as const] : written === null ? [] : [written]),
    ...(typeof percent === 'number' ? [`${percent} %`] : []),
  ];
  return parts.length === 0 ? null : parts;
}

/** What failed, and what to do about it. */
function failure(event: TimelineEvent): TextParam | null {
  const code = codeOf(event, 'failure');
  if (code === null) return null;
  if (!isFailureCode(code)) return { key: 'timeline.code', params: { code } };
  const what = { key: `failed.${code}` } as const;
  return { key: 'timeline.failure', params: { what, code, hint: { key: `failure.${code}` } } };
}

function alert({ data }: TimelineEvent): TextParam | null {
  const { key, params, text } = (data['alert'] ?? {}) as Partial<MessageDescriptor> & { text?: unknown };
  if (key !== undefined) return { key, params: params ?? {} };
  return typeof text === 'string' ? text : null; // as earlier versions stored it
}
