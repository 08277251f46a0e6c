import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme, useMantineTheme } from '@mantine/core';
import { useElementSize } from '@mantine/hooks';
import { useEffect, useRef, type ReactNode } from 'react';
import UPlot from 'uplot';
import { formats } from './formats.js';

interface Series {
  colour: 'blue' | 'teal' | 'red';
  values: readonly number[];
}

interface Props {
  /** Times in milliseconds since 1970, one for each value. */
  times: readonly number[];
  series: readonly Series[];
  label: string;
  /** Told which of the times the pointer is at; undefined where it is at none. */
  onPoint: (index: number | undefined) => void;
}

const HEIGHT = 200;

/** Counts over time. What it shows stands in a table as well, for who cannot see it. */
export function Plot({ times, series, label, onPoint }: Props): ReactNode {
  const { ref: box, width } = useElementSize();
  const canvas = useRef<HTMLDivElement>(null);
  const theme = useMantineTheme();
  const scheme = useComputedColorScheme('light');
  useEffect(() => {
    const target = canvas.current;
    if (target === null || width === 0) return undefined;
    const ink = scheme === 'dark' ? theme.colors.dark[0] : theme.colors.dark[7];
    const grid = scheme === 'dark' ? theme.colors.dark[4] : theme.colors.gray[3];
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const time = formats().hour;
    const plot = new UPlot(
      {
        width,
        height: HEIGHT,
        // the last hour is written under the end of its line, and reaches beyond it
        padding: [null, 40, null, null],
        axes: [
          { ...axis, space: 90, values: (_, ticks) => ticks.map((tick) => time.format(tick * 1000)) },
          { ...axis, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000, 100_000] },
        ],
        legend: { show: false },
        hooks: { setCursor: [({ cursor: { idx } }) => onPoint(idx ?? undefined)] },
        scales: { y: { range: (_, __, max) => [0, Math.max(max, 1)] } },
        series: [
          {},
          ...series.map(({ colour }) => ({
            stroke: theme.colors[colour][scheme === 'dark' ? 5 : 7],
            width: 2,
            points: { show: false },
          })),
        ],
      },
      [times.map((at) => at / 1000), ...series.map(({ values }) => [...values])],
      target,
    );
    return () => {
      plot.destroy();
      // what the pointer was at is another time in what is drawn next
      onPoint(undefined);
    };
  }, [width, times, series, onPoint, scheme, theme]);
  return (
    <div ref={box} style={{ minHeight: HEIGHT }}>
      <div ref={canvas} role="img" aria-label={label} />
    </div>
  );
}
