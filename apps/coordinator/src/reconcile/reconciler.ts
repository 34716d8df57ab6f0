import {
  DEFAULT_POOL,
  isSweepEnded,
  isTrialScheduled,
  objectivesOf,
  type TrialSegment,
} from '@fathom/contracts';
import type { JobPresence, ReportProgress } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import type { NewEvent, Repositories, Store, StoredEvent, SweepRecord, TrialRecord } from '@fathom/store';
import type { Clock } from '../clock';
import { searchEventOf, trialChanged } from '../intake/trial-transition';
import { endIfHopeless } from '../sweeps/fail-fast';
import type { Searches } from '../sweeps/searches';
import type { CommitListener } from '../sweeps/sweep.service';
import { remedyFor, type Remedy } from './remedy';

/** What the reconciler asks the queue. */
export interface QueueInspection {
  presence(trials: readonly TrialSegment[]): Promise<readonly JobPresence[]>;
  reportProgress(): Promise<ReportProgress>;
  /** Takes a job that has ended off the queue, so that its trial can be enqueued again. */
  discard(trial: TrialSegment): Promise<void>;
}

export interface ReconcilerContext {
  readonly searches: Searches;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly listener: CommitListener;
  /** A trial has to look wrong for this long: its last report may still be on its way. */
  readonly graceMs: number;
}

/** A trial that looks wrong. */
interface Suspicion {
  /** Milliseconds, by `performance.now()`. */
  readonly since: number;
  /** Id of the newest report when it had looked wrong for long enough: what its worker had to say is up to there. */
  lastWord?: string;
}

interface Suspect {
  readonly trial: TrialRecord;
  readonly remedy: Remedy;
  readonly suspicion: Suspicion;
}

const PAGE = 500;
const IDEMPOTENCY_KEY_LIFETIME_MS = 24 * 3_600_000;
/** A worker that lives says within this time that it stopped a cancelled trial. */
const ATTEMPT_SILENCE_MS = 5 * 60_000;

/**
 * Finds what the normal way missed: jobs that Redis lost, and those that ended without a word from their worker. A
 * paused trial has no job, and that is right.
 */
export class Reconciler {
  /** By segment of a trial. */
  private suspects = new Map<string, Suspicion>();

  constructor(
    private readonly store: Store,
    private readonly queue: QueueInspection,
    private readonly context: ReconcilerContext,
  ) {}

  async reconcile(): Promise<void> {
    await this.checkScheduledTrials();
    await this.tidy();
  }

  private async checkScheduledTrials(): Promise<void> {
    const now = performance.now();
    const seen = new Map<string, Suspicion>();
    let afterId: string | undefined;
    do {
      const page = await this.store.trials.scheduled(afterId, PAGE);
      const suspects = await this.suspectsAmong(page);
      const found = suspects.map(([trial, remedy]) => {
        const suspicion = this.suspects.get(keyOf(trial)) ?? { since: now };
        seen.set(keyOf(trial), suspicion);
        return { trial, remedy, suspicion };
      });
      await this.repairAll(found.filter(({ suspicion }) => now - suspicion.since >= this.context.graceMs));
      afterId = page.length === PAGE ? page.at(-1)?.id : undefined;
    } while (afterId !== undefined);
    this.suspects = seen;
  }

  private async suspectsAmong(trials: readonly TrialRecord[]): Promise<[TrialRecord, Remedy][]> {
    const presence = await this.queue.presence(trials.map(segmentOf));
    return trials.flatMap((trial, index): [TrialRecord, Remedy][] => {
      const remedy = remedyFor(presence[index] ?? { state: 'absent' });
      return remedy.type === 'none' ? [] : [[trial, remedy]];
    });
  }

  private async repairAll(suspects: readonly Suspect[]): Promise<void> {
    if (suspects.length === 0) return;
    const { newest, isDoneUpTo } = await this.queue.reportProgress();
    // With those reports done with, what the database says from here on is all that the workers had to say. On a busy fleet
    // there is always another one on its way, which says nothing of these trials.
    for (const { trial, remedy, suspicion } of suspects)
      if (isDoneUpTo((suspicion.lastWord ??= newest))) await this.repair(trial, remedy);
  }

  private async repair({ id: trialId, sweepId, segment }: TrialRecord, remedy: Remedy): Promise<void> {
    const events = await this.store.transaction(async (tx): Promise<StoredEvent[]> => {
      const sweep = await tx.sweeps.lock(sweepId);
      const [trial] = await tx.trials.records(sweepId, [trialId]);
      if (!sweep || isSweepEnded(sweep.state) || !trial || !isTrialScheduled(trial.state)) return [];
      if (trial.segment !== segment) return [];
      this.context.logger.warn(
        { sweep: sweepId, trial: trialId, remedy },
        'an open trial without a live job',
      );
      await tx.attempts.loseRunning(trialId, this.context.clock.now());
      return tx.events.append(await this.apply(tx, sweep, trial, remedy), this.context.clock.now());
    });
    this.context.listener.committed(events);
  }

  private async apply(
    tx: Repositories,
    sweep: SweepRecord,
    trial: TrialRecord,
    remedy: Remedy,
  ): Promise<NewEvent[]> {
    const { clock } = this.context;
    switch (remedy.type) {
      case 'none':
        return [];
      case 'enqueue': {
        await this.queue.discard(segmentOf(trial));
        const queued: TrialRecord = { ...trial, state: 'queued' };
        await tx.trials.save(queued);
        // Of a paused sweep it is given back by this, and nothing is sent.
        await tx.dispatch.unsend(trial.id);
        await tx.outbox.notify();
        return trial.state === 'queued' ? [] : [trialChanged(queued, remedy.reason)];
      }
      case 'fail': {
        const { failure } = remedy;
        const failed: TrialRecord = { ...trial, state: 'failed', failure, endedAt: clock.now() };
        await tx.trials.save(failed);
        const reason = `${failure.class}: ${failure.message}`;
        const ended = searchEventOf(failed, objectivesOf(sweep.spec), reason);
        const decided = await this.context.searches.advance(tx, sweep, [ended]);
        const news = [trialChanged(failed, reason), ...decided];
        return [...news, ...(await endIfHopeless(tx, sweep, news, clock.now()))];
      }
    }
  }

  private async tidy(): Promise<void> {
    const now = this.context.clock.now().getTime();
    await this.store.attempts.loseOfEnded(new Date(now - ATTEMPT_SILENCE_MS));
    await this.store.idempotency.purge(new Date(now - IDEMPOTENCY_KEY_LIFETIME_MS));
  }
}

const segmentOf = ({ id, segment, pool }: TrialRecord): TrialSegment => ({
  trialId: id,
  segment,
  pool: pool ?? DEFAULT_POOL,
});
const keyOf = ({ id, segment }: TrialRecord): string => `${id} ${String(segment)}`;
