import type { Installation } from './installation-look.js';

/** A gauge that is read off the installation as it stands. */
export interface GaugeRule {
  name: string;
  help: string;
  labels?: readonly string[];
  /** Values of the labels, and the value of the series. A series that is not named is not there. */
  read: (seen: Installation) => [labels: Record<string, string>, value: number][];
}

/** Seconds from a time until then; 0 for none, so that rules can compare. */
export function age(from: Date | null, at: Date): number {
  return from ? Math.max(0, at.getTime() - from.getTime()) / 1000 : 0;
}
