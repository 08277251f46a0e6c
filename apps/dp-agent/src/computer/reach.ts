import { connect } from 'node:net';
import type { WireOrder } from '#contract';
import { codeOf, messageOf } from '../base/log.js';
import { classify } from '../failures/failure-table.js';
import { StepFailed } from '../failures/failure.js';
import { unlessStopped } from './method.js';

/** Its whole name without a domain; servers of the version before know the NetBIOS name only. */
export function hostNameOf({ computer }: Pick<WireOrder, 'computer'>): string {
  return computer.hostName ?? computer.name;
}

/** Where a computer answers: its address when one is known, else its name in the site's own DNS. */
export function hostOf(order: Pick<WireOrder, 'computer'>): string {
  return order.computer.address ?? order.computer.fqdn ?? hostNameOf(order);
}

/** Seconds that a computer has to answer: fewer where somebody else can try as well. */
export function reachTimeout({ method }: Pick<WireOrder, 'method'>, connectTimeout: number): number {
  return Math.min(connectTimeout, method.reachTimeout ?? Infinity);
}

/**
 * Connects to a port and hangs up.
 *
 * @param timeout seconds
 * @throws StepFailed of phase `reach`, Stopped
 */
export async function reachPort(
  host: string,
  port: number,
  timeout: number,
  signal: AbortSignal,
): Promise<void> {
  const socket = connect({ host, port });
  const answered = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(connectFailed(codeOf(error), messageOf(error))));
    socket.setTimeout(timeout * 1000, () => {
      reject(connectFailed('ETIMEDOUT', `no answer within ${timeout} s`));
    });
  });
  try {
    await unlessStopped(answered, signal);
  } finally {
    socket.destroy();
  }
}

export function connectFailed(code: string, text: string): StepFailed {
  const native = { system: 'connect', code, text };
  return new StepFailed('reach', classify(native, 'reach'), native);
}
