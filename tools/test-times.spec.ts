import type { cpus } from 'node:os';
import { slowestTests, spreadOf, watchProcessors } from './test-times.ts';

const test = (fullName: string, duration?: number) => ({ fullName, status: 'passed', duration });
const file = (name: string, from: number, to: number, ...assertionResults: ReturnType<typeof test>[]) => ({
  name,
  status: 'passed',
  startTime: from * 1000,
  endTime: to * 1000,
  assertionResults,
});
const json = (...testResults: ReturnType<typeof file>[]): string =>
  JSON.stringify({ numPassedTests: 0, numFailedTests: 0, wasInterrupted: false, testResults });

describe('where the time of a test run went', () => {
  it('is told by its slowest tests', () => {
    const files = [
      file('a', 0, 1, test('a 1', 1_000), test('a 2', 90_400)),
      file('b', 0, 1, test('b'), test('c', 30_000)),
    ];
    expect(slowestTests(json(...files), 2)).toEqual(['   90 s  a 2', '   30 s  c']);
    expect(slowestTests(undefined)).toEqual([]);
  });

  it('is told by how long a file was left alone', () => {
    const files = [file('a', 10, 20), file('b', 10, 40), file('c', 20, 30), file('skipped', 40, 40)];
    expect(spreadOf(json(...files))).toEqual(['3 files took 50 s in 30 s; one was alone for 10 s']);
    expect(spreadOf(json())).toEqual([]);
  });

  it('is told by how busy the processors were', () => {
    const one = (user: number, idle: number) => ({
      model: '',
      speed: 0,
      times: { user, nice: 0, sys: 0, idle, irq: 0 },
    });
    const looks: ReturnType<typeof cpus>[] = [
      [one(100, 900), one(100, 900)],
      [one(150, 950), one(200, 900)],
    ];
    const busy = watchProcessors(() => looks.shift() ?? []);
    expect(busy()).toBe(75);
  });
});
