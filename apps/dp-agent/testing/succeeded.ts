import type { Report } from '#contract';

/**
 * A report, as it is, of an order that is expected to succeed.
 *
 * @throws what it failed with and what was said, of which a comparison of some fields would show nothing
 */
export function succeeded(report: Report | undefined): Report | undefined {
  if (report?.state !== 'failed') return report;
  const { order, attempt, phase, failure, accounts, log } = report;
  const told = JSON.stringify({ order, attempt, phase, failure, accounts }, null, 2);
  throw new Error(`the order failed: ${told}\n${log ?? ''}`);
}
