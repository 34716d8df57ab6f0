/** The values that a label can have: all of them, or, in words, what keeps their number small. */
export type LabelValues = readonly string[] | { readonly boundedBy: string };

/**
 * For how long a series exists. process: as long as its program runs. open-sweep: while its sweep is open, and for an
 * hour after its end. active-trial: while its trial is being trained.
 */
export type SeriesLifetime = 'process' | 'open-sweep' | 'active-trial';

/** A row of the table of metrics. */
export interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Such as `seconds`, `bytes`, `ratio` (0 to 1), or what is counted. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
  readonly lifetime: SeriesLifetime;
  /**
   * Read from the database or the queue that all coordinators share, so that each of them says the same: take the maximum
   * over them, never the sum.
   */
  readonly isShared?: true;
  /** Upper bounds of a histogram's buckets, ascending. */
  readonly buckets?: readonly number[];
  /** Not there on every machine, or only where something has happened; in words. */
  readonly onlyWhere?: string;
  /** The file that sets it, from the root of the repository. */
  readonly setIn: string;
}

/** Rows by the name that the code calls them by. */
export type MetricTable = Readonly<Record<string, Metric>>;

/** Names of a metric's labels. */
export type LabelOf<M extends Metric> = Extract<keyof M['labels'], string>;
