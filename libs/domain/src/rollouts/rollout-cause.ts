import type { FailureCode } from '../failures/failure.js';
import type { RolloutCounts } from './rollout-next.js';

/** What a computer may be to blame for as well as the version that is installed on it. */
const OF_EITHER: ReadonlySet<FailureCode> = new Set([
  'INSTALLER_FAILED',
  'INSTALL_TIMEOUT',
  'REGISTER_TIMEOUT',
]);
/** Fewer may be an accident. */
const FEWEST = 3;

/** Whether a failure is what most computers of a rollout came to, so that the version is looked at before any of them. */
export function isOfRelease(
  { code, count }: { code: FailureCode; count: number },
  { good, bad }: Pick<RolloutCounts, 'good' | 'bad'>,
): boolean {
  return OF_EITHER.has(code) && count >= FEWEST && count * 2 > good + bad;
}
