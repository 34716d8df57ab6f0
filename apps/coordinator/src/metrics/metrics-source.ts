import { DEFAULT_POOL, type WorkerFacts } from '@fathom/contracts';
import type { TrialProducer } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import type { Store } from '@fathom/store';
import type { Clock } from '../clock';
import type { Dependencies } from '../health/dependencies';
import { ProblemError } from '../http/problem-error';
import type { Leader } from '../leader';
import type { PreviewService } from '../preview/preview.service';
import type { MetricsSource } from './coordinator-metrics';
import type { QueueReading } from './shared-gauges';

export interface MetricsParts {
  readonly store: Store;
  readonly producer: TrialProducer;
  readonly clock: Clock;
  readonly previews: PreviewService;
  readonly dependencies: Dependencies;
  readonly leader: Leader;
  readonly logger: Logger;
  /** Every pool that ever had a worker. */
  readonly pools: () => Promise<readonly string[]>;
  /** Workers that there are now. */
  readonly workers: () => Promise<readonly WorkerFacts[]>;
}

/** An ended sweep has series for so long, for people and rules to see its end. */
const SHOWN_AFTER_END_MS = 3_600_000;
/** The newest; more at once would be more series than anybody can look at. */
const MAX_SWEEPS = 100;
const SECONDS_PER_HOUR = 3_600;

/** What scrapes are answered from. */
export function metricsSource(parts: MetricsParts): MetricsSource {
  const { store, producer, clock, previews, dependencies, leader, logger } = parts;
  const queueOf = async (pool: string): Promise<QueueReading> => {
    const [jobs, reading] = await Promise.all([producer.counts(pool), producer.reading(pool)]);
    return { pool, jobs, ...reading };
  };
  return {
    shared: {
      sweeps: () => store.sweeps.countsByState(),
      trials: () => store.trials.countsByState(),
      outbox: () => store.monitoring.outbox(clock.now()),
      queues: async () =>
        Promise.all([...new Set([DEFAULT_POOL, ...(await parts.pools())])].map((pool) => queueOf(pool))),
      workers: parts.workers,
      poolCounts: () => store.dispatch.counts(),
    },
    sweeps: {
      watched: () => {
        const now = clock.now();
        return store.monitoring.sweeps(new Date(now.getTime() - SHOWN_AFTER_END_MS), MAX_SWEEPS, now);
      },
      decisionsSince: (after) => store.monitoring.decisionsSince(after),
      forecast: async (sweepId) => {
        const sweep = await store.sweeps.record(sweepId);
        if (sweep === undefined) throw new Error(`sweep ${sweepId} is gone`);
        const { expected, low, high } = (await previews.preview(sweep.spec)).deviceHours;
        const seconds = (hours: number) => hours * SECONDS_PER_HOUR;
        return { expected: seconds(expected), low: seconds(low), high: seconds(high) };
      },
      forecastFailed: (sweepId, error) => {
        // Why a sweep cannot run is said by the preview of the same sweep.
        if (!(error instanceof ProblemError))
          logger.warn({ err: error, sweep: sweepId }, 'no forecast of a sweep');
      },
      leadingSince: () => leader.leadingSince,
    },
    probe: (name) => dependencies.probe(name),
    readingFailed: (what, error) => {
      logger.warn({ err: error, what }, 'metrics have no value: their source did not answer');
    },
  };
}
