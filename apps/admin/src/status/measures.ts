/** One value of Prometheus' text format. */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** Reads what a program answers at /metrics; lines that are no samples are passed over. */
export function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-z_]\w*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = Array.from(labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g));
    return [
      {
        name,
        labels: Object.fromEntries(pairs.map(([, key = '', said = '']) => [key, said])),
        value: Number(value),
      },
    ];
  });
}
