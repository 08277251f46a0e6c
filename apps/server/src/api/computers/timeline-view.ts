import { isFailureCode, type TimelineEvent } from '#domain';
import { type Language, type MessageDescriptor, textIn } from '#texts';
import type { AccountTryDto, EventFailureDto, TimelineEventDto } from './timeline.dto.js';

/** An entry of a timeline as the API shows it, with its sentence. */
export function timelineEventDto(
  event: TimelineEvent,
  said: MessageDescriptor,
  language: Language,
): TimelineEventDto {
  const { id, source, kind, from, to, order, dp, importRun, data } = event;
  const accounts = accountsOf(data, language);
  const failure = failureOf(data, language);
  return {
    id,
    at: event.at.toISOString(),
    source,
    kind,
    from,
    to,
    order,
    dp,
    importRun,
    data,
    ...(accounts.length > 0 && { accounts }),
    ...(failure && { failure }),
    text: textIn(language, said),
  };
}

/** DPs of other kinds say what they like there: what is no account with a result is left out. */
function accountsOf({ accounts }: TimelineEvent['data'], language: Language): AccountTryDto[] {
  if (!Array.isArray(accounts)) return [];
  return accounts.flatMap((one: unknown) => {
    const { account, result } = (one ?? {}) as { account?: unknown; result?: unknown };
    if (typeof account !== 'string' || typeof result !== 'string') return [];
    return [{ account, result, text: resultText(result, language) }];
  });
}

function resultText(result: string, language: Language): string {
  if (result === 'OK') return textIn(language, { key: 'account.accepted' });
  return isFailureCode(result) ? textIn(language, { key: `failed.${result}` }) : result;
}

function failureOf({ failure }: TimelineEvent['data'], language: Language): EventFailureDto | null {
  const { code } = (failure ?? {}) as { code?: unknown };
  if (typeof code !== 'string' || !isFailureCode(code)) return null;
  const text = textIn(language, { key: `failed.${code}` });
  return { code, text, hint: textIn(language, { key: `failure.${code}` }) };
}
