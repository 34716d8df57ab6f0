import { isSweepEnded, isSweepPaused, type SweepState, type TrialSegment } from '@fathom/contracts';
import type { OutboxEntry, Repositories, Store } from '@fathom/store';

/** What the relay does on the queue, beside giving it trials. Each can be done again without harm. */
export interface RelayTarget {
  /** Tells the workers to stop the sweep's trials and takes those that wait off the queue. */
  cancelSweep(sweepId: string, trials: readonly TrialSegment[]): Promise<void>;
  /** Tells the workers to give the sweep's trials back and takes those that wait off the queue. */
  pauseSweep(sweepId: string, trials: readonly TrialSegment[]): Promise<void>;
  /** Takes back what the workers were told of the sweep's pause or end. */
  resumeSweep(sweepId: string): Promise<void>;
  /** Tells the workers to stop one trial and takes it off the queue. @param keepPauses whether another trial is to start from one of its pauses */
  stopTrial(sweepId: string, trial: TrialSegment, keepPauses: boolean): Promise<void>;
  /** Tells the workers that nobody goes on from a checkpoint of the sweep. */
  dropCheckpoints(sweepId: string): Promise<void>;
}

const BATCH = 500;

/**
 * Carries out on the queue what was decided in a transaction. An entry goes only after its effect has happened, so
 * a crash in between repeats the effect and loses nothing. Several relays share the work: each locks its batch.
 */
export class OutboxRelay {
  constructor(
    private readonly store: Store,
    private readonly target: RelayTarget,
  ) {}

  /** @returns whether there may be more */
  async relay(): Promise<boolean> {
    // Most looks find nothing, and are about places.
    if (await this.store.outbox.isEmpty()) return false;
    return this.store.transaction(async (tx) => {
      const entries = await tx.outbox.take(BATCH);
      for (const run of runsOfOneKind(entries)) await this.carryOut(tx, run);
      await tx.outbox.delete(entries.map((entry) => entry.id));
      return entries.length === BATCH;
    });
  }

  private async carryOut(tx: Repositories, entries: readonly OutboxEntry[]): Promise<void> {
    switch (entries[0]?.kind) {
      case undefined:
        return;
      case 'cancelSweep':
        for (const { sweepId } of entries)
          await this.target.cancelSweep(sweepId, await tx.trials.cancelledSegments(sweepId));
        return;
      // Whatever was asked of it meanwhile has an entry of its own.
      case 'pauseSweep':
        for (const { sweepId } of entries)
          if (isSweepPaused(await stateOf(tx, sweepId)))
            await this.target.pauseSweep(sweepId, await tx.trials.queued(sweepId));
        return;
      case 'resumeSweep':
        for (const { sweepId } of entries)
          if (!isSweepEnded(await stateOf(tx, sweepId))) await this.target.resumeSweep(sweepId);
        return;
      case 'stopTrial': {
        const sweepOf = new Map(entries.map(({ trialId, sweepId }) => [trialId, sweepId]));
        const ids = entries.map((entry) => entry.trialId).filter((id) => id !== null);
        for (const { isAwaited, ...trial } of await tx.trials.stoppedSegments(ids))
          await this.target.stopTrial(sweepOf.get(trial.trialId) ?? '', trial, isAwaited);
        return;
      }
      case 'dropCheckpoints':
        for (const { sweepId } of entries)
          if (isSweepEnded(await stateOf(tx, sweepId))) await this.target.dropCheckpoints(sweepId);
    }
  }
}

/** A sweep that is gone has ended. */
const stateOf = async (tx: Repositories, sweepId: string): Promise<SweepState> =>
  (await tx.sweeps.state(sweepId)) ?? 'cancelled';

/** Neighbours of the same kind together, in order. */
export function runsOfOneKind(entries: readonly OutboxEntry[]): OutboxEntry[][] {
  const runs: OutboxEntry[][] = [];
  for (const entry of entries) {
    const last = runs.at(-1);
    if (last?.[0]?.kind === entry.kind) last.push(entry);
    else runs.push([entry]);
  }
  return runs;
}
