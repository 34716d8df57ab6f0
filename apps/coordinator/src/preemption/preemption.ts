import type { TrialSegment } from '@fathom/contracts';
import type { ControlChannel, TrialProducer } from '@fathom/queue';
import type { Store } from '@fathom/store';
import { victims, type RunningTrial } from './victims';

export interface PreemptionParts {
  readonly store: Pick<Store, 'preemption'>;
  readonly queue: Pick<TrialProducer, 'jobState'>;
  readonly control: Pick<ControlChannel, 'publishControl'>;
}

/** Places that are asked for in one look, in each pool. */
const MOST_AT_ONCE = 20;
/** A trial that was asked and runs on for longer has not heard it. */
const ASKED_FOR_MS = 60_000;

/**
 * Gives waiting trials of a higher priority the places of running ones of a lower in their pool. A free worker takes a job at once: one
 * that still waits at the second look found no place. A trial that is asked writes a checkpoint and comes back to the
 * queue, behind those of a higher priority; that is no failure.
 */
export class Preemption {
  /** Segments that waited at the last look. */
  private waiting = new Set<string>();
  /** Trials that were asked and have not been heard of since, and when. */
  private readonly asked = new Map<string, number>();

  constructor(private readonly parts: PreemptionParts) {}

  async look(): Promise<void> {
    const { store, control } = this.parts;
    const outranking = await store.preemption.outranking(MOST_AT_ONCE);
    if (outranking.length === 0) {
      this.waiting.clear();
      this.asked.clear();
      return;
    }
    const states = await Promise.all(outranking.map((one) => this.parts.queue.jobState(one)));
    const waiting = outranking.filter((_, index) => states[index] === 'waiting');
    const before = this.waiting;
    this.waiting = new Set(waiting.map(keyOf));
    const patient = waiting.filter((one) => before.has(keyOf(one)));
    const pools = [...new Set(outranking.map(({ pool }) => pool))];
    const running = await store.preemption.running(pools, MOST_AT_ONCE + this.asked.size);
    const asked = this.stillAsked(running);
    for (const { sweepId, trialId } of pools.flatMap((pool) =>
      victims(
        patient.filter((one) => one.pool === pool).map(({ priority }) => priority),
        running.filter((one) => one.pool === pool),
        asked,
      ),
    )) {
      await control.publishControl({ type: 'preemptTrial', sweepId, trialId });
      this.asked.set(trialId, performance.now());
    }
  }

  private stillAsked(running: readonly RunningTrial[]): ReadonlySet<string> {
    const now = performance.now();
    const ids = new Set(running.map(({ trialId }) => trialId));
    for (const [id, at] of this.asked) if (!ids.has(id) || now - at > ASKED_FOR_MS) this.asked.delete(id);
    return new Set(this.asked.keys());
  }
}

const keyOf = ({ trialId, segment }: TrialSegment): string => `${trialId} ${String(segment)}`;
