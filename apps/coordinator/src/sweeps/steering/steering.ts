import {
  allowedOperations,
  isSweepEnded,
  type ExtendRequest,
  type RerunRequest,
  type SteerRequest,
  type SteeringAction,
  type SteeringOperation,
  type SweepDetail,
} from '@fathom/contracts';
import type { Repositories, Store, StoredEvent, SweepRecord } from '@fathom/store';
import type { Clock } from '../../clock';
import { hashOf } from '../../http/idempotency-key';
import { ProblemError } from '../../http/problem-error';
import type { Searches } from '../searches';
import type { ArchitectureCheck } from '../runnable-rules';
import { noSweep, repeated, type CommitListener } from '../sweep.service';
import { cancelSweep } from './cancel-sweep';
import { extendSweep } from './extend-sweep';
import { inWords } from './in-words';
import { pauseSweep } from './pause-sweep';
import { rerunTrials } from './rerun-trials';
import { resumeSweep } from './resume-sweep';

/** What an operation has to work with: a transaction that holds the sweep's lock. */
export interface Steered {
  readonly tx: Repositories;
  readonly sweep: SweepRecord;
  readonly now: Date;
  readonly searches: Searches;
}

/** What people can do to a sweep that is there. Each operation is one transaction under the sweep's lock. */
export class Steering {
  constructor(
    private readonly store: Store,
    private readonly searches: Searches,
    private readonly checkArchitecture: ArchitectureCheck,
    private readonly listener: CommitListener,
    private readonly clock: Clock,
  ) {}

  /**
   * Nothing of the sweep trains until it is resumed. Pausing a paused sweep changes nothing.
   *
   * @throws ProblemError not-found, or state-conflict for a sweep that has ended
   */
  pause(id: string, request: SteerRequest): Promise<SweepDetail> {
    return this.steer(id, 'pause', (steered) => pauseSweep(steered, inWords('paused', request)));
  }

  /**
   * A paused sweep goes on where it was. Resuming one that runs changes nothing.
   *
   * @throws ProblemError not-found, or state-conflict for a sweep that has ended
   */
  resume(id: string, request: SteerRequest): Promise<SweepDetail> {
    return this.steer(id, 'resume', (steered) => resumeSweep(steered, inWords('resumed', request)));
  }

  /**
   * Cancels what has not ended. Cancelling a cancelled sweep again changes nothing.
   *
   * @throws ProblemError not-found, or state-conflict for a sweep that completed or failed
   */
  cancel(id: string, request: SteerRequest): Promise<SweepDetail> {
    return this.steer(id, 'cancel', (steered) => cancelSweep(steered, inWords('cancelled', request)));
  }

  /** For a limit that was reached: does nothing where the sweep has ended. */
  async cancelIfOpen(id: string, reason: string): Promise<void> {
    const events = await this.store.transaction(async (tx) => {
      const sweep = await tx.sweeps.lock(id);
      return !sweep || isSweepEnded(sweep.state) ? [] : cancelSweep(this.steered(tx, sweep), reason);
    });
    this.listener.committed(events);
  }

  /**
   * Failed trials get another attempt; a sweep that had ended goes on until they have.
   *
   * @param key the same key with the same request gives the same answer and nothing more
   * @throws ProblemError not-found, state-conflict, operation-refused or idempotency-conflict
   */
  rerunFailed(id: string, request: RerunRequest, key?: string): Promise<SweepDetail> {
    return this.steer(id, 'rerun-failed', (steered) => rerunTrials(steered, request), { key, request });
  }

  /**
   * There is more to do than was planned; a sweep that had completed goes on. What is the case already changes nothing.
   *
   * @param key as in rerunFailed
   * @throws ProblemError not-found, state-conflict, invalid-request, operation-refused, sweep-cannot-run or
   *   idempotency-conflict
   */
  extend(id: string, request: ExtendRequest, key?: string): Promise<SweepDetail> {
    const work = (steered: Steered) => extendSweep(steered, request, this.checkArchitecture);
    return this.steer(id, 'extend', work, { key, request });
  }

  private async steer(
    id: string,
    operation: SteeringOperation,
    work: (steered: Steered) => Promise<readonly StoredEvent[]>,
    { key, request }: { readonly key?: string | undefined; readonly request?: object } = {},
  ): Promise<SweepDetail> {
    const { answer, events } = await this.store.transaction(async (tx) => {
      const sweep = await tx.sweeps.lock(id);
      if (!sweep) throw noSweep(id);
      if (key !== undefined) {
        const hash = hashOf({ id, operation, request });
        const claim = await tx.idempotency.claim(key, hash, id, this.clock.now());
        if (!claim.isNew) return { answer: repeated(claim, hash), events: [] };
      }
      demandAllowed(operation, sweep);
      const written = await work(this.steered(tx, sweep));
      const detail = await tx.sweeps.detail(id);
      if (!detail) throw noSweep(id);
      if (key !== undefined) await tx.idempotency.saveAnswer(key, detail);
      return { answer: detail, events: written };
    });
    this.listener.committed(events);
    return answer;
  }

  private steered(tx: Repositories, sweep: SweepRecord): Steered {
    return { tx, sweep, now: this.clock.now(), searches: this.searches };
  }
}

function demandAllowed(operation: SteeringOperation, { id, state }: SweepRecord): void {
  const allowed = allowedOperations(state);
  if (allowed.includes(operation)) return;
  throw new ProblemError(
    'state-conflict',
    `sweep ${id} is ${state}, which does not allow ${operation}; allowed: ${allowed.join(', ')}`,
  );
}

/** Something that was asked of a sweep, or of one of its trials. */
export interface Note {
  readonly action: SteeringAction;
  readonly reason: string;
  readonly trial?: number;
}

/** Writes what was asked of a sweep into its log of decisions. */
export const note = ({ tx, sweep, now }: Steered, ...notes: readonly Note[]): Promise<void> =>
  tx.events.appendDecisions(
    notes.map((one) => ({ sweepId: sweep.id, trial: null, ...one })),
    now,
  );
