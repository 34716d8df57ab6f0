import type { CloneRequest, SweepDetail, SweepSpec, Violation } from '@fathom/contracts';
import { activeTraceparent } from '@fathom/runtime';
import { planSize } from '@fathom/search';
import type { Answered, NewEvent, Repositories, Store, StoredEvent } from '@fathom/store';
import type { Clock } from '../clock';
import { hashOf } from '../http/idempotency-key';
import { ProblemError } from '../http/problem-error';
import { demandRunnable } from './demand-runnable';
import { searchContextOf } from './search-context';
import { refuse } from './refuse';
import type { ArchitectureCheck } from './runnable-rules';
import type { Searches } from './searches';
import { clonedSpec } from './steering/clone-sweep';
import { inWords } from './steering/in-words';

/** Told after a commit that there is something to relay and something to show. */
export interface CommitListener {
  committed(events: readonly StoredEvent[]): void;
}

/** Says what is against the sweep's budget, by what its trials are predicted to cost. */
export type BudgetCheck = (spec: SweepSpec) => Promise<Violation[]>;

/** Starts sweeps. Everything a request changes is one transaction. */
export class SweepService {
  constructor(
    private readonly store: Store,
    private readonly checkArchitecture: ArchitectureCheck,
    private readonly checkBudget: BudgetCheck,
    private readonly searches: Searches,
    private readonly listener: CommitListener,
    private readonly clock: Clock,
  ) {}

  /**
   * @param idempotencyKey the same key with the same spec gives the same answer and no second sweep
   * @throws ProblemError sweep-cannot-run or idempotency-conflict
   */
  submit(asked: SweepSpec, idempotencyKey?: string): Promise<SweepDetail> {
    return this.start(asked, hashOf(asked), idempotencyKey);
  }

  /**
   * Starts a sweep like another one, in whatever state that is.
   *
   * @param idempotencyKey the same key with the same request gives the same answer and no second sweep
   * @throws ProblemError not-found, invalid-request, sweep-cannot-run or idempotency-conflict
   */
  async clone(id: string, request: CloneRequest, idempotencyKey?: string): Promise<SweepDetail> {
    const source = await this.store.sweeps.record(id);
    if (!source) throw noSweep(id);
    const hash = hashOf({ id, operation: 'clone', request });
    return this.start(clonedSpec(id, source.spec, request), hash, idempotencyKey, async (tx, created) => {
      // The log of a sweep is written under its lock.
      await tx.sweeps.lock(id);
      const decisions = [
        { sweepId: id, action: 'cloneSweep', trial: null, reason: inWords(`cloned as ${created}`, request) },
        {
          sweepId: created,
          action: 'cloneSweep',
          trial: null,
          reason: inWords(`cloned from ${id}`, request),
        },
      ] as const;
      await tx.events.appendDecisions(decisions, this.clock.now());
    });
  }

  private async start(
    asked: SweepSpec,
    hash: string,
    idempotencyKey: string | undefined,
    alsoDo: (tx: Repositories, created: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<SweepDetail> {
    // First of all: whether the sweep could be submitted today is another question, and its answer may have changed.
    const earlier =
      idempotencyKey === undefined ? undefined : await this.store.idempotency.find(idempotencyKey);
    if (earlier) return repeated(earlier, hash);
    const spec = await demandRunnable(this.store, asked, this.checkArchitecture);
    refuse(await this.checkBudget(spec));
    const { answer, events } = await this.store.transaction(async (tx) => {
      const id = this.clock.newId();
      const create = async () => {
        const created = await this.create(tx, id, spec);
        await alsoDo(tx, id);
        return created;
      };
      if (idempotencyKey === undefined) return create();
      const claim = await tx.idempotency.claim(idempotencyKey, hash, id, this.clock.now());
      if (claim.isNew) {
        const created = await create();
        await tx.idempotency.saveAnswer(idempotencyKey, created.answer);
        return created;
      }
      return { answer: repeated(claim, hash), events: [] };
    });
    this.listener.committed(events);
    return answer;
  }

  private async create(tx: Repositories, id: string, spec: SweepSpec) {
    const now = this.clock.now();
    const traceparent = activeTraceparent();
    await tx.sweeps.insert({
      id,
      spec,
      plannedTrials: planSize(spec, searchContextOf(spec)),
      ...(traceparent === undefined ? {} : { traceparent }),
      createdAt: now,
    });
    const begun: NewEvent = { type: 'sweepChanged', sweepId: id, state: 'running', reason: null };
    const sweep = { id, state: 'running', spec, searchEvent: 0n, traceparent: traceparent ?? null } as const;
    const decided = await this.searches.advance(tx, sweep, [{ type: 'sweepStarted' }]);
    const events = await tx.events.append([begun, ...decided], now);
    return { answer: await detailOf(tx, id), events };
  }
}

/** What the same request was answered with. @throws ProblemError idempotency-conflict for another request */
export function repeated({ requestHash, answer }: Answered, hash: string): SweepDetail {
  if (requestHash === hash) return answer;
  throw new ProblemError(
    'idempotency-conflict',
    `the Idempotency-Key belongs to another request, about sweep ${answer.id}`,
  );
}

export const noSweep = (id: string): ProblemError => new ProblemError('not-found', `there is no sweep ${id}`);

async function detailOf(tx: Repositories, id: string): Promise<SweepDetail> {
  const detail = await tx.sweeps.detail(id);
  if (!detail) throw noSweep(id);
  return detail;
}
