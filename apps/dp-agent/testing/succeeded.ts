import type { Report } from '#contract';

/** Characters of long texts that are said; what ended a program stands at its end. */
const SAID = 400;

/**
 * A report, as it is, of an order that is expected to succeed.
 *
 * @throws what it failed with and what was said, of which a comparison of some fields would show nothing
 */
export function succeeded(report: Report | undefined): Report | undefined {
  if (report?.state !== 'failed') return report;
  const { order, attempt, phase, failure, accounts, log } = report;
  const { system, code, text = '' } = failure?.native ?? {};
  throw new Error(
    [
      `order ${order}, attempt ${attempt} failed in ${phase}: ${failure?.code} (${system} ${code})`,
      `tried: ${(accounts ?? []).map(({ account, result }) => `${account} ${result}`).join(', ')}`,
      `said: ${text.slice(-SAID)}`,
      `log: ${(log ?? '').slice(-SAID)}`,
    ].join('\n'),
  );
}
