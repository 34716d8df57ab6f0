import { isDistilled, type TrainJob, type TrialSegment, type WorkerFacts } from '@fathom/contracts';
import type { TrialProducer } from '@fathom/queue';
import type { Logger, Span, Tracer } from '@fathom/runtime';
import type { Asked, HeldPlaces, SizedTrial, Store, WaitingSweep, WaitingTrial } from '@fathom/store';
import { holding, shareOut, type Contender, type Holdings, type Placement } from './fair-share';
import type { MemoryForecast } from './memory-forecast';
import { capacities, mostThatFits, poolsWithMemory, type PoolCapacity } from './pool-capacity';
import type { QueueWindow } from './queue-window';
import { Rooms } from './rooms';

export interface DispatcherParts {
  readonly store: Pick<Store, 'dispatch' | 'trials'>;
  readonly queue: Pick<TrialProducer, 'enqueueTrials' | 'waiting' | 'delayed'>;
  /** The workers there are; rejects while that cannot be known. */
  readonly workers: () => Promise<readonly WorkerFacts[]>;
  readonly memory: Pick<MemoryForecast, 'bytes'>;
  readonly tracer: Tracer;
  readonly logger: Pick<Logger, 'warn'>;
}

/** What was found out about trials of which it was not known what they take. */
interface Looked {
  readonly jobs: readonly TrainJob[];
  readonly sizes: readonly SizedTrial[];
}

/** What is known of the workers is so old at the most. */
const FACTS_MS = 500;
/** Trials of a sweep with several pools that are looked at in one go: the first may fit nowhere now. */
const LOOKED_AT = 200;
/** For predictions of memory in one go; what is left has the next. */
const PREDICTING_MS = 100;

/**
 * Gives trials that wait to the queues of the pools, just as many as are taken soon: what waits in the database goes by
 * priority, then in fair shares ({@link shareOut}); what waits in a queue has its order. A crash between the queue and the
 * database repeats the job, under the same name.
 */
export class Dispatcher {
  private readonly windows = new Map<string, QueueWindow>();
  /** Sweeps of which was said that it cannot be predicted what a trial takes. */
  private readonly unpredictable = new Set<string>();
  private known: { readonly at: number; readonly capacity: Map<string, PoolCapacity> } | undefined;

  constructor(private readonly parts: DispatcherParts) {}

  /** @returns how many trials were given to queues */
  async dispatch(): Promise<number> {
    const { store } = this.parts;
    const [sweeps, places] = await Promise.all([store.dispatch.waitingSweeps(), store.dispatch.held()]);
    if (sweeps.length === 0) return 0;
    const capacity = await this.capacity();
    const { queue } = this.parts;
    const rooms = new Rooms({ windows: this.windows, capacity, places, queue });
    const held = holdingsOf(places);
    let given = 0;
    for (const priority of prioritiesOf(sweeps)) {
      const equals = sweeps.filter((sweep) => sweep.priority === priority);
      const room = await rooms.at(priority, poolsOf(equals));
      const { contenders, looked } = await this.contenders(equals, room, capacity);
      const placements = shareOut(contenders, room, held);
      const sent = await this.send(placements, equals, looked.jobs);
      given += sent.size;
      await store.dispatch.sized(looked.sizes.filter(({ trialId }) => !sent.has(trialId)));
      rooms.took(placements);
    }
    rooms.done();
    return given;
  }

  /** @returns with what had to be found out for it */
  private async contenders(
    sweeps: readonly WaitingSweep[],
    room: ReadonlyMap<string, number>,
    capacity: ReadonlyMap<string, PoolCapacity>,
  ): Promise<{ contenders: Contender[]; looked: Looked }> {
    const asked = sweeps.flatMap((sweep) => askFor(sweep, room, capacity) ?? []);
    const waitingNow = await this.parts.store.dispatch.waiting(asked);
    const { trials: waiting, ...looked } = await this.sized(waitingNow, sweeps, capacity);
    const bySweep = new Map<string, WaitingTrial[]>(sweeps.map(({ sweepId }) => [sweepId, []]));
    for (const trial of waiting) bySweep.get(trial.sweepId)?.push(trial);
    const contenders = sweeps.map(({ sweepId, owner, pools }) => ({
      sweepId,
      owner,
      candidates: (bySweep.get(sweepId) ?? []).map(({ trialId, pool, memoryBytes }) => ({
        trialId,
        memoryBytes,
        pools: pool === null ? poolsWithMemory(pools, memoryBytes, capacity) : [pool],
      })),
    }));
    return { contenders, looked };
  }

  /** Where it matters what a trial takes, only those of which it is known. */
  private async sized(
    trials: readonly WaitingTrial[],
    sweeps: readonly WaitingSweep[],
    capacity: ReadonlyMap<string, PoolCapacity>,
  ): Promise<{ trials: readonly WaitingTrial[] } & Looked> {
    const choosy = new Set(
      sweeps.filter(({ pools }) => isChoosy(pools, capacity)).map(({ sweepId }) => sweepId),
    );
    const unknown = trials.filter(({ sweepId, memoryBytes }) => memoryBytes === null && choosy.has(sweepId));
    if (unknown.length === 0) return { trials, jobs: [], sizes: [] };
    const jobs = await this.parts.store.trials.jobs(unknown.map(({ trialId }) => trialId));
    const { sizes, bytes } = this.predict(jobs);
    const known = trials.flatMap((trial) => {
      if (trial.memoryBytes !== null || !choosy.has(trial.sweepId)) return [trial];
      const memoryBytes = bytes.get(trial.trialId);
      return memoryBytes === undefined ? [] : [{ ...trial, memoryBytes }];
    });
    return { trials: known, jobs, sizes };
  }

  /**
   * @returns bytes by trial, of those it had the time for; null: that cannot be predicted. Such a trial goes on its way all
   * the same, and its worker says what is wrong with it: it must not keep those behind it waiting.
   */
  private predict(jobs: readonly TrainJob[]): { sizes: SizedTrial[]; bytes: Map<string, number | null> } {
    const deadline = performance.now() + PREDICTING_MS;
    const sizes: SizedTrial[] = [];
    const bytes = new Map<string, number | null>();
    for (const job of jobs) {
      if (bytes.size > 0 && performance.now() > deadline) break;
      const memoryBytes = this.bytesOf(job);
      bytes.set(job.trialId, memoryBytes);
      if (memoryBytes !== null) sizes.push({ trialId: job.trialId, memoryBytes });
    }
    return { sizes, bytes };
  }

  private bytesOf({ sweepId, trialId, config, dataset, microBatch }: TrainJob): number | null {
    // How large its teacher is stands in a file that this process need not reach.
    if (isDistilled(config)) return null;
    try {
      return this.parts.memory.bytes(config, dataset, microBatch);
    } catch (error) {
      if (!this.unpredictable.has(sweepId))
        this.parts.logger.warn(
          { err: error, sweep: sweepId, trial: trialId },
          'what trials of the sweep take cannot be predicted; they are sent without it',
        );
      this.unpredictable.add(sweepId);
      return null;
    }
  }

  /** @returns ids of the trials that have a job now */
  private async send(
    placements: readonly Placement[],
    sweeps: readonly WaitingSweep[],
    readJobs: readonly TrainJob[],
  ): Promise<ReadonlySet<string>> {
    if (placements.length === 0) return new Set();
    const { store, queue } = this.parts;
    const jobOf = new Map(readJobs.map((job) => [job.trialId, job]));
    const unread = placements.filter(({ trialId }) => !jobOf.has(trialId));
    // Only of trials that are still open: one that was cancelled in the meantime has no job to make.
    const jobs = await store.trials.jobs(unread.map(({ trialId }) => trialId));
    for (const job of jobs) jobOf.set(job.trialId, job);
    const open = placements.flatMap(({ trialId, pool, memoryBytes }): TrainJob[] => {
      const job = jobOf.get(trialId);
      return job ? [{ ...job, pool, ...(memoryBytes === null ? {} : { memoryBytes }) }] : [];
    });
    const placed = await this.claimed(open, sweeps);
    const spans = this.spansOf(placed);
    const part = ({ sweepId }: TrainJob) => spans.get(sweepId)?.traceparent;
    await queue.enqueueTrials(placed.map((job) => withTraceparent(job, part(job))));
    for (const span of spans.values()) span.end();
    await store.dispatch.sent(
      placed.map((job) => ({ ...segmentOf(job), memoryBytes: job.memoryBytes ?? null })),
    );
    return new Set(placed.map(({ trialId }) => trialId));
  }

  /** Where there is a choice of pools it is made for good before anybody hears of it. */
  private async claimed(
    jobs: readonly TrainJob[],
    sweeps: readonly WaitingSweep[],
  ): Promise<readonly TrainJob[]> {
    const choosing = new Set(sweeps.flatMap(({ sweepId, pools }) => (pools.length > 1 ? [sweepId] : [])));
    const chosen = jobs.filter(({ sweepId }) => choosing.has(sweepId));
    const claimed = await this.parts.store.dispatch.claim(chosen.map(segmentOf));
    return jobs.filter(({ sweepId, trialId }) => !choosing.has(sweepId) || claimed.has(trialId));
  }

  /** By sweep; the waits and attempts of its trials are parts of them. */
  private spansOf(jobs: readonly TrainJob[]): Map<string, Span> {
    const spans = new Map<string, Span>();
    if (!this.parts.tracer.isOn) return spans;
    for (const { sweepId, traceparent } of jobs) {
      if (traceparent === undefined || spans.has(sweepId)) continue;
      const trials = jobs.filter((job) => job.sweepId === sweepId).length;
      const attributes = { 'fathom.sweep': sweepId, 'fathom.trials': trials };
      spans.set(
        sweepId,
        this.parts.tracer.start('enqueue', { parent: traceparent, kind: 'producer', attributes }),
      );
    }
    return spans;
  }

  private async capacity(): Promise<Map<string, PoolCapacity>> {
    const now = performance.now();
    if (this.known === undefined || now - this.known.at > FACTS_MS)
      this.known = { at: now, capacity: capacities(await this.parts.workers()) };
    return this.known.capacity;
  }
}

/** Undefined where nothing of it could be sent. */
function askFor(
  { sweepId, inStep, pools }: WaitingSweep,
  room: ReadonlyMap<string, number>,
  capacity: ReadonlyMap<string, PoolCapacity>,
): Asked | undefined {
  const free = pools.filter((pool) => (room.get(pool) ?? 0) > 0);
  const places = free.reduce((sum, pool) => sum + (room.get(pool) ?? 0), 0);
  if (places === 0) return undefined;
  return {
    ...{ sweepId, inStep, pools: free },
    maxMemoryBytes: mostThatFits(free, pools, capacity),
    limit: pools.length === 1 ? places : Math.max(places, LOOKED_AT),
  };
}

/** Whether it matters what a trial takes: for the choice of a pool, or because trials share a device. */
const isChoosy = (pools: readonly string[], capacity: ReadonlyMap<string, PoolCapacity>): boolean =>
  pools.length > 1 || pools.some((pool) => capacity.get(pool)?.sharesDevices === true);

const segmentOf = ({ trialId, segment, pool }: TrainJob): TrialSegment => ({ trialId, segment, pool });

const withTraceparent = (job: TrainJob, traceparent: string | undefined): TrainJob =>
  traceparent === undefined ? job : { ...job, traceparent };

const poolsOf = (sweeps: readonly WaitingSweep[]): string[] => [
  ...new Set(sweeps.flatMap(({ pools }) => pools)),
];

const prioritiesOf = (sweeps: readonly WaitingSweep[]): number[] =>
  [...new Set(sweeps.map(({ priority }) => priority))].sort((a, b) => b - a);

function holdingsOf(places: readonly HeldPlaces[]): Holdings {
  const held: Holdings = new Map();
  for (const { sweepId, owner, pool, trials } of places)
    for (const key of [holding(pool, { owner }), holding(pool, { sweepId })])
      held.set(key, (held.get(key) ?? 0) + trials);
  return held;
}
