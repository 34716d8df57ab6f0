import {
  coordinatorMetrics,
  DEFAULT_POOL,
  type SweepState,
  type TrialState,
  type WorkerFacts,
} from '@fathom/contracts';
import { readOnScrape, type Sample } from '@fathom/runtime';
import type { PoolCount } from '@fathom/store';
import type { Registry } from 'prom-client';
import { capacities } from '../dispatch/pool-capacity';
import { KeptReading, type ReadingOptions } from './kept-reading';

/** Of the queue of one pool. */
export interface QueueReading {
  readonly pool: string;
  readonly jobs: Readonly<Record<string, number>>;
  /** Since the queue began. */
  readonly completed: number;
  readonly failed: number;
  readonly leases: { readonly held: number; readonly expired: number };
}

/** What all coordinators share; each call may reject while PostgreSQL or Redis is away. */
export interface SharedSource {
  sweeps(): Promise<Record<SweepState, number>>;
  trials(): Promise<Record<TrialState, number>>;
  outbox(): Promise<{ readonly pending: number; readonly lagSeconds: number }>;
  queues(): Promise<readonly QueueReading[]>;
  workers(): Promise<readonly WorkerFacts[]>;
  /** Of sweeps that run. */
  poolCounts(): Promise<readonly PoolCount[]>;
}

/** Registers the gauges that are read from the database and the queue. */
export function registerSharedGauges(
  registry: Registry,
  source: SharedSource,
  reading: ReadingOptions,
): void {
  const sweeps = new KeptReading('sweeps by state', () => source.sweeps(), reading);
  const trials = new KeptReading('trials by state', () => source.trials(), reading);
  const outbox = new KeptReading('the outbox', () => source.outbox(), reading);
  const queues = new KeptReading('queues', () => source.queues(), reading);
  const workers = new KeptReading('workers', () => source.workers(), reading);
  const poolCounts = new KeptReading('trials of pools', () => source.poolCounts(), reading);
  const ofQueues = async <L extends string>(samplesOf: (queue: QueueReading) => Sample<L>[]) =>
    (await queues.get())?.flatMap(samplesOf);

  readOnScrape(registry, coordinatorMetrics.sweeps, async () => byState(await sweeps.get()));
  readOnScrape(registry, coordinatorMetrics.trials, async () => byState(await trials.get()));
  readOnScrape(registry, coordinatorMetrics.outboxPending, async () => alone((await outbox.get())?.pending));
  readOnScrape(registry, coordinatorMetrics.outboxLag, async () => alone((await outbox.get())?.lagSeconds));
  readOnScrape(registry, coordinatorMetrics.workers, async () => alone((await workers.get())?.length));
  readOnScrape(registry, coordinatorMetrics.poolSlots, async () => {
    const found = await workers.get();
    return found && [...capacities(found)].map(([pool, { slots }]) => ({ labels: { pool }, value: slots }));
  });
  readOnScrape(registry, coordinatorMetrics.poolTrials, async () => byPool(await poolCounts.get()));
  readOnScrape(registry, coordinatorMetrics.queueJobs, () =>
    ofQueues(({ pool, jobs }) =>
      Object.entries(jobs).map(([state, value]) => ({ labels: { pool, state }, value })),
    ),
  );
  readOnScrape(registry, coordinatorMetrics.bullCompleted, () =>
    ofQueues(({ pool, completed }) => [{ labels: { pool }, value: completed }]),
  );
  readOnScrape(registry, coordinatorMetrics.bullFailed, () =>
    ofQueues(({ pool, failed }) => [{ labels: { pool }, value: failed }]),
  );
  readOnScrape(registry, coordinatorMetrics.leases, async () => {
    const found = await queues.get();
    if (found === undefined) return undefined;
    const total = (state: 'held' | 'expired') => found.reduce((sum, { leases }) => sum + leases[state], 0);
    return byState({ held: total('held'), expired: total('expired') });
  });
}

/** Of all owners together. */
function byPool(counts: readonly PoolCount[] | undefined): Sample<'pool' | 'state'>[] | undefined {
  const pools = new Set([DEFAULT_POOL, ...(counts ?? []).map(({ pool }) => pool)]);
  return (
    counts &&
    [...pools].flatMap((pool) =>
      (['waiting', 'running'] as const).map((state) => {
        const ofPool = counts.filter((count) => count.pool === pool);
        return { labels: { pool, state }, value: ofPool.reduce((sum, count) => sum + count[state], 0) };
      }),
    )
  );
}

const byState = (counts: Readonly<Record<string, number>> | undefined): Sample<'state'>[] | undefined =>
  counts && Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));

const alone = (value: number | undefined): Sample<never>[] | undefined =>
  value === undefined ? undefined : [{ labels: {}, value }];
