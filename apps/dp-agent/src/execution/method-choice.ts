import type { WireOrder } from '#contract';
import type { Method } from '../computer/method.js';
import { StepFailed } from '../failures/failure.js';
import type { CommandMethod } from '../methods/command/command-method.js';

type AnyMethod = Method | CommandMethod;

/**
 * The method that an order is worked on by: the DP's first that the order allows. Between SSH and SMB the computer's operating system
 * decides where it is known. Where it is not, and for Windows, which may have an SSH server, the other one is given too, for a
 * computer that does not answer to the first.
 *
 * @throws StepFailed DP_INTERNAL when there is none
 */
export function methodsFor(
  { method, computer }: Pick<WireOrder, 'method' | 'computer'>,
  methods: readonly AnyMethod[],
): [AnyMethod, Method | null] {
  const allowed = methods.filter(({ kind }) => method.kinds.includes(kind));
  const [first] = allowed;
  if (!first) {
    const here = methods.map(({ kind }) => kind).join(', ');
    const text = `the order allows ${method.kinds.join(', ') || 'no method'}, this DP is configured for ${here}`;
    throw new StepFailed('reach', 'DP_INTERNAL', { system: 'dp', code: 'METHOD', text });
  }
  if (first.kind !== 'ssh' && first.kind !== 'smb') return [first, null];
  const other = allowed.find(
    (candidate): candidate is Method =>
      candidate !== first && (candidate.kind === 'ssh' || candidate.kind === 'smb'),
  );
  if (!other || !computer.os) return [first, other ?? null];
  const isWindows = /windows/i.test(computer.os);
  const [wanted, rest] = first.kind === (isWindows ? 'smb' : 'ssh') ? [first, other] : [other, first];
  // Windows may have an SSH server; nothing else is served by SMB
  return [wanted, isWindows ? rest : null];
}
