import type { Logger } from '@nestjs/common';
import type { InstallOrder, OrderEntry } from '#domain';

/**
 * One line for each entry that an order's timeline has got: what happened to it, under the id of the request that asked for
 * it. The entry's data stays out of it: it holds what DPs say, output of installers included.
 */
export function logMovements(log: Logger, order: InstallOrder, entries: readonly OrderEntry[]): void {
  const { id, computer, correlation } = order;
  for (const { kind, dp, from, to, seq, data } of entries) {
    const facts = { order: id, computer, dp, from, to, seq, ...detailsOf(data), correlation };
    log.log(facts, kind.replaceAll('-', ' '));
  }
}

function detailsOf({ phase, result, failure, heldBack }: OrderEntry['data']): Record<string, unknown> {
  return { phase, result, code: codeOf(failure), heldBack: codeOf(heldBack) };
}

function codeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined;
}
