import type { RetryClass } from '#domain';
import { code, GENERATED, table, type Domain, type Texts } from './tables.ts';

const CLASSES: Readonly<Record<RetryClass, string>> = {
  backoff: 'tried again after 1, 5, 15 and 60 minutes, then every hour',
  reachable: 'tried again every 5 minutes until the computer answers; costs no attempt',
  verify: 'the outcome is unknown: the next attempt looks at the computer first; waits as `backoff`',
  fix: 'ends the order; a person fixes the cause and retries',
  brake:
    'ends the order and can stop every other order that shares the cause, until a person releases the brake',
  never: 'ends the order; trying again cannot help',
  done: 'no failure: the order succeeds with this code as its result',
  waits: 'starts again when its time comes; costs no attempt',
};

function follows(retry: RetryClass, tries: number | undefined): string {
  return tries === undefined ? retry : `${retry}, ${tries} tries in a row, then fix`;
}

/** docs/failures.md: the whole list. */
export function failuresPage(domain: Domain, { LANGUAGES, textIn }: Texts): string {
  const { FAILURE_CODES, PHASES, RETRY_CLASSES, failureRule } = domain;
  const place = (code_: Domain['FAILURE_CODES'][number]): number => {
    const { phase } = failureRule(code_);
    return phase === null ? PHASES.length : PHASES.indexOf(phase);
  };
  return [
    GENERATED,
    '# Failures',
    'Server, DP agent and console read this one list. What a system said itself is kept beside the code in `failure.native`. Phases follow each other; one that is reached proves those before it:',
    PHASES.map((phase) => code(phase)).join(' → '),
    '## What follows',
    table(
      ['class', 'what happens'],
      RETRY_CLASSES.map((retry) => [code(retry), CLASSES[retry]]),
    ),
    'Waits are spread by 20 % either way. A busy installer (`INSTALLER_BUSY`) is asked again after 2 minutes. No attempt is planned beyond the end of the order; when all attempts of the order are spent, it fails.',
    '## Codes',
    table(
      ['code', 'phase', 'what happened', 'what follows', 'what to do', 'was zu tun ist'],
      FAILURE_CODES.toSorted((a, b) => place(a) - place(b)).map((failure) => {
        const { phase, retry, tries } = failureRule(failure);
        const hints = LANGUAGES.map((language) => textIn(language, { key: `failure.${failure}` }));
        const happened = textIn('en', { key: `failed.${failure}` });
        return [code(failure), phase ?? 'any', happened, follows(retry, tries), ...hints];
      }),
    ),
    '',
  ].join('\n\n');
}
