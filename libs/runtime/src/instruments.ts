import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** What an instrument has to know of a metric. */
export interface Described<L extends string> {
  readonly name: string;
  readonly help: string;
  /** By name; the values are of no matter here. */
  readonly labels: Readonly<Record<L, unknown>>;
  /** Of a histogram. */
  readonly buckets?: readonly number[];
}

/** One value of a metric that is read on a scrape. */
export interface Sample<L extends string> {
  readonly labels: Readonly<Record<L, string>>;
  readonly value: number;
}

const namesOf = <L extends string>({ name, help, labels }: Described<L>) => ({
  name,
  help,
  labelNames: Object.keys(labels) as L[],
});

export const gaugeOf = <L extends string>(registry: Registry, metric: Described<L>): Gauge<L> =>
  new Gauge({ ...namesOf(metric), registers: [registry] });

export const counterOf = <L extends string>(registry: Registry, metric: Described<L>): Counter<L> =>
  new Counter({ ...namesOf(metric), registers: [registry] });

export const histogramOf = <L extends string>(registry: Registry, metric: Described<L>): Histogram<L> =>
  new Histogram({
    ...namesOf(metric),
    ...(metric.buckets === undefined ? {} : { buckets: [...metric.buckets] }),
    registers: [registry],
  });

/**
 * A gauge or counter whose samples are read on each scrape, all of them anew: one that is not read again is gone.
 *
 * @param read undefined or a rejection: it has no value in this scrape
 */
export function readOnScrape<L extends string>(
  registry: Registry,
  metric: Described<L> & { readonly type: 'gauge' | 'counter' | 'histogram' },
  read: () => Promise<readonly Sample<L>[] | undefined> | readonly Sample<L>[] | undefined,
): void {
  const Kind = metric.type === 'counter' ? Counter : Gauge;
  const instrument: Gauge<L> | Counter<L> = new Kind<L>({
    ...namesOf(metric),
    registers: [registry],
    collect: async () => {
      const samples = await Promise.resolve()
        .then(read)
        .catch(() => undefined);
      instrument.reset();
      // Without labels, a reset makes it 0.
      if (Object.keys(metric.labels).length === 0) (instrument as Gauge<L>).remove();
      for (const { labels, value } of samples ?? []) instrument.inc(labels, value);
    },
  });
}
