import { cpus } from 'node:os';
import type { JestResults } from './test-counts.ts';

/** The tests that took longest, a line each with seconds and name: they are what a slow file waits for. */
export function slowestTests(json: string | undefined, number = 15): string[] {
  if (json === undefined) return [];
  const { testResults } = JSON.parse(json) as JestResults;
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0))
    .slice(0, number)
    .map(({ fullName, duration }) => `${secondsOf(duration ?? 0)} s  ${fullName}`);
}

/**
 * How the files of a run were spread over its workers: how long all of it took, what the files took together, and for
 * how long only one was left while others could have been run.
 */
export function spreadOf(json: string | undefined): string[] {
  if (json === undefined) return [];
  const { testResults } = JSON.parse(json) as JestResults;
  const ran = testResults.filter(({ startTime, endTime }) => endTime > startTime);
  const ends = ran.flatMap(({ startTime, endTime }) => [
    { at: startTime, change: 1 },
    { at: endTime, change: -1 },
  ]);
  let running = 0;
  let alone = 0;
  let before = 0;
  for (const { at, change } of ends.toSorted((a, b) => a.at - b.at || b.change - a.change)) {
    if (running === 1) alone += at - before;
    running += change;
    before = at;
  }
  const whole =
    Math.max(0, ...ran.map(({ endTime }) => endTime)) - Math.min(...ran.map(({ startTime }) => startTime));
  const work = ran.reduce((sum, { startTime, endTime }) => sum + endTime - startTime, 0);
  if (ran.length === 0) return [];
  return [
    `${ran.length} files took ${secondsOf(work).trim()} s in ${secondsOf(whole).trim()} s; one was alone for ${secondsOf(alone).trim()} s`,
  ];
}

/** @returns what says how busy the processors have been since, in percent of what all of them could have done */
export function watchProcessors(look: () => ReturnType<typeof cpus> = cpus): () => number {
  const now = (): { busy: number; all: number } => {
    const times = look().map((one) => one.times);
    const all = times.reduce(
      (sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq,
      0,
    );
    return { all, busy: all - times.reduce((sum, { idle }) => sum + idle, 0) };
  };
  const first = now();
  return () => {
    const { busy, all } = now();
    return all === first.all ? 0 : Math.round(((busy - first.busy) / (all - first.all)) * 100);
  };
}

function secondsOf(milliseconds: number): string {
  return String(Math.round(milliseconds / 1000)).padStart(5);
}
