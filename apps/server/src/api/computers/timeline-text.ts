import { isFailureCode, PHASES, type TimelineEvent } from '#domain';
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
    failureCode: bracketed(codeOf(event, 'failure')),
    heldBack: bracketed(codeOf(event, 'heldBack')),
    result: bracketed(result === 'OK' ? null : result),
    state: part('timeline.state', 'state', textOf(event, 'state')),
    code: bracketed(textOf(event, 'code')),
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

const bracketed = (value: string | null): TextParam => part('timeline.bracketed', 'value', value);

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
