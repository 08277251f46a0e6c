import type { Schema } from '../../api.js';
import type { Outcome } from '../../lists/bulk.js';
import { text, type TextKey } from '../../texts.js';

/** What became of one order. */
export function orderOutcome({ order, result, code, message }: Schema['OrderResultDto']): Outcome {
  if (code) return { id: order, code, message };
  return { id: order, message: result ? text(`outcome.order.${result.state}` as TextKey) : message };
}
