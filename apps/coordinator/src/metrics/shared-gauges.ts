import { coordinatorMetrics, type SweepState, type TrialState } from '@fathom/contracts';
import { readOnScrape, type Sample } from '@fathom/runtime';
import type { Registry } from 'prom-client';
import { KeptReading } from './kept-reading';

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
  workers(): Promise<number>;
}

/** Registers the gauges that are read from the database and the queue. @param freshMs how long a reading is kept */
export function registerSharedGauges(registry: Registry, source: SharedSource, freshMs: number): void {
  const keep = <T>(read: () => Promise<T>) => new KeptReading(read, freshMs);
  const sweeps = keep(() => source.sweeps());
  const trials = keep(() => source.trials());
  const outbox = keep(() => source.outbox());
  const queues = keep(() => source.queues());
  const workers = keep(() => source.workers());
  const ofQueues = async <L extends string>(samplesOf: (queue: QueueReading) => Sample<L>[]) =>
    (await queues.get())?.flatMap(samplesOf);

  readOnScrape(registry, coordinatorMetrics.sweeps, async () => byState(await sweeps.get()));
  readOnScrape(registry, coordinatorMetrics.trials, async () => byState(await trials.get()));
  readOnScrape(registry, coordinatorMetrics.outboxPending, async () => alone((await outbox.get())?.pending));
  readOnScrape(registry, coordinatorMetrics.outboxLag, async () => alone((await outbox.get())?.lagSeconds));
  readOnScrape(registry, coordinatorMetrics.workers, async () => alone(await workers.get()));
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

const byState = (counts: Readonly<Record<string, number>> | undefined): Sample<'state'>[] | undefined =>
  counts && Object.entries(counts).map(([state, value]) => ({ labels: { state }, value }));

const alone = (value: number | undefined): Sample<never>[] | undefined =>
  value === undefined ? undefined : [{ labels: {}, value }];
