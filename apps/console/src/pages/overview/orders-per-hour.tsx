import { Group, Text } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import type { Plot as Drawn } from '../../plot.js';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { api, take } from '../../api.js';
import { formats } from '../../formats.js';
import { Fault } from '../../show.js';
import { language, useT } from '../../texts.js';
import classes from './overview.module.css';
import { Section } from './overview-section.js';

/**
 * Loaded after the figures: the first page does not wait for it. When a server that is away cannot send this part of the
 * program, the page goes on without the plot.
 */
const Plot = lazy<typeof Drawn>(() =>
  import('../../plot.js').then(
    (part) => ({ default: part.Plot }),
    () => ({ default: () => null }),
  ),
);

/** Hours that are shown at least, however lately the first order was made. */
const LEAST_HOURS = 12;

/** What {@link OrdersPerHour} shows. */
export const ORDERS_PER_HOUR = queryOptions({
  queryKey: ['overview', 'orders-per-hour'],
  queryFn: () => take(api.GET('/api/v1/overview/orders-per-hour')),
});

/** Orders made and ended in each hour of the last two days. */
export function OrdersPerHour(): ReactNode {
  const t = useT();
  const query = useQuery(ORDERS_PER_HOUR);
  const hours = withoutEmptyBeginning(query.data?.hours);
  const spoken = language();
  const shown = useMemo(
    () =>
      hours && {
        times: hours.map(({ at }) => Date.parse(at)),
        series: [
          { colour: 'blue' as const, values: hours.map(({ made }) => made) },
          { colour: 'teal' as const, values: hours.map(({ succeeded }) => succeeded) },
          { colour: 'red' as const, values: hours.map(({ failed }) => failed) },
        ],
      },
    // the hours follow from what was fetched; the axis speaks the language
    [query.data, spoken],
  );
  const [pointed, setPointed] = useState<number>();
  const hour = pointed === undefined ? undefined : hours?.[pointed];
  const sum = (name: 'made' | 'succeeded' | 'failed'): number =>
    hours?.reduce((all, one) => all + one[name], 0) ?? 0;
  return (
    <Section title="plot.title">
      <Fault error={query.error} />
      <Group gap="lg" mb="xs">
        {(['made', 'succeeded', 'failed'] as const).map((name) => (
          <Text key={name} size="sm" className={classes.series} data-series={name}>
            {t(`plot.${name}`, { many: hour?.[name] ?? sum(name) })}
          </Text>
        ))}
        {hour && (
          <Text size="sm" c="dimmed">
            {formats().hour.format(Date.parse(hour.at))}
          </Text>
        )}
      </Group>
      <div style={{ minHeight: 200 }}>
        {shown && sum('made') + sum('succeeded') + sum('failed') > 0 && (
          <Suspense fallback={null}>
            <Plot {...shown} label={t('plot.title')} onPoint={setPointed} />
          </Suspense>
        )}
      </div>
    </Section>
  );
}

function withoutEmptyBeginning<Hour extends { made: number; succeeded: number; failed: number }>(
  hours: Hour[] | undefined,
): Hour[] | undefined {
  const first = hours?.findIndex(({ made, succeeded, failed }) => made + succeeded + failed > 0) ?? -1;
  return hours?.slice(Math.min(Math.max(first - 1, 0), hours.length - LEAST_HOURS));
}
