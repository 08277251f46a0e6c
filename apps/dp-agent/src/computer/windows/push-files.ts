import type { WireOrder } from '#contract';
import { publicKeyFromText, sealText } from '#sealing';
import { z } from 'zod';
import type { FailureCode } from '../../failures/failure.js';
import type { Fitting, RunState } from '../host-facts.js';
import { hostNameOf } from '../reach.js';

// What agent and push service tell each other by files in the attempt's folder.

/** The HPKE `info` of a registration. */
const REGISTRATION_INFO = 'relaypoint/windows-registration/v1';

/** What the push service is to do. */
export type PushTask = 'install' | 'restart' | 'uninstall';

/** The text of `order.json`; nothing in it is secret. */
export function pushOrder(order: WireOrder, task: PushTask, fitting: Fitting | null, now: number): string {
  const { fqdn } = order.computer;
  return JSON.stringify({
    v: 1,
    order: order.order,
    attempt: order.attempt,
    do: task,
    names: [hostNameOf(order), ...(fqdn === null ? [] : [fqdn])],
    sha256: fitting?.file.sha256 ?? null,
    args: fitting?.install.args ?? [],
    version: order.release?.version ?? null,
    allowOlder: order.kind === 'reinstall',
    registration: task === 'install' && order.registration !== null,
    deadline: order.deadline,
    // what counts: the computer's clock may be another
    seconds: Math.max(1, Math.floor((Date.parse(order.deadline) - now) / 1000)),
  });
}

const started = z.object({ key: z.string() });

/**
 * The registration of an order, sealed to the key that a run has made for itself.
 *
 * @param text of the file `started`
 * @returns the text of `registration.sealed`; null when the order has none, or the file is not whole yet
 */
export function sealedRegistration(order: WireOrder, attempt: number, text: string): string | null {
  const told = started.safeParse(parsed(text));
  const key = told.success ? publicKeyFromText('x25519', told.data.key) : null;
  if (!key || !order.registration) return null;
  const { url, token } = order.registration;
  const binding = { attempt: `${attempt}`, order: order.order };
  return sealText(key, REGISTRATION_INFO, binding, JSON.stringify({ url, token }));
}

const result = z.object({
  outcome: z.enum(['exit', 'newer', 'failed', 'cancelled']),
  code: z.int().nullish(),
  failure: z.string().nullish(),
  text: z.string().nullish(),
  facts: z.record(z.string(), z.unknown()).nullish(),
});

/** What the push service may call a failure; another word of it is of no use to anybody. */
const FAILURES: ReadonlySet<string> = new Set<FailureCode>([
  'WRONG_COMPUTER',
  'DIGEST_MISMATCH',
  'PENDING_RESTART_BLOCKS',
  'INSTALL_TIMEOUT',
  'DP_INTERNAL',
]);
const FACTS = ['os', 'arch', 'hostname', 'bootId', 'clientVersion'];

/** How a run ended, by its file `result.json`; null when that is none. */
export function readPushResult(
  text: string,
): { state: RunState; text: string; facts: Record<string, string> } | null {
  const told = result.safeParse(parsed(text));
  if (!told.success) return null;
  const { outcome, code, failure, facts } = told.data;
  const words = told.data.text ?? '';
  const kept = Object.entries(facts ?? {}).filter(
    (fact): fact is [string, string] => FACTS.includes(fact[0]) && typeof fact[1] === 'string',
  );
  return {
    state: stateOf(outcome, code ?? null, failure ?? '', words),
    text: words,
    facts: Object.fromEntries(kept.map(([name, value]) => [name, value.slice(0, 255)])),
  };
}

function stateOf(
  outcome: z.infer<typeof result>['outcome'],
  code: number | null,
  failure: string,
  text: string,
): RunState {
  switch (outcome) {
    case 'exit':
      return code === null ? { is: 'dead' } : { is: 'ended', code };
    case 'newer':
      return { is: 'judged', code: 'NEWER_INSTALLED', text };
    case 'cancelled':
      return { is: 'judged', code: 'INSTALLER_KILLED', text };
    case 'failed':
      return { is: 'judged', code: isFailure(failure) ? failure : 'UNKNOWN', text };
  }
}

function isFailure(code: string): code is FailureCode {
  return FAILURES.has(code);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
