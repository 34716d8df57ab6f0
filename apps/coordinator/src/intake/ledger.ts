import type { LiveEvent, Objective, Report } from '@fathom/contracts';
import type { SearchEvent } from '@fathom/search';
import type { AttemptRecord, MetricPoint, NewEvent, Repositories, TrialRecord } from '@fathom/store';
import { applyReport } from './trial-transition';

/** What happened in a batch that no record keeps. */
export interface LedgerNotes {
  /** Reports of attempts that had been overtaken. */
  readonly late: Report[];
  readonly endedAttempts: AttemptRecord[];
  /** Seconds from the creation of trials to their first start. */
  readonly waits: number[];
}

/** The trials and attempts of a batch while its reports are applied one after the other. */
export class Ledger {
  readonly events: NewEvent[] = [];
  readonly steps: LiveEvent[] = [];
  readonly notes: LedgerNotes = { late: [], endedAttempts: [], waits: [] };
  private readonly trials: Map<string, TrialRecord>;
  private readonly attempts: Map<string, AttemptRecord>;
  private readonly changedTrials = new Set<string>();
  private readonly changedAttempts = new Set<string>();
  private readonly points: MetricPoint[] = [];
  private readonly stopped = new Set<number>();

  constructor(trials: readonly TrialRecord[], attempts: readonly AttemptRecord[]) {
    this.trials = new Map(trials.map((trial) => [trial.id, trial]));
    this.attempts = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  }

  /** @returns what the search is to be told; undefined for a report of a trial that is not in this sweep */
  apply(report: Report, objectives: readonly Objective[]): readonly SearchEvent[] | undefined {
    const trial = this.trials.get(report.trialId);
    const attempt = this.attempts.get(report.attemptId);
    if (!trial || (attempt && attempt.trialId !== trial.id)) return undefined;
    const isStopped = this.stopped.has(trial.number);
    const known: TrialRecord = isStopped ? { ...trial, state: 'stopped' } : trial;
    const next = applyReport(known, attempt, report, objectives);
    if (report.segment < trial.segment || report.fence < trial.currentFence) this.notes.late.push(report);
    if (trial.currentFence === 0 && next.trial.currentFence > 0)
      this.notes.waits.push((new Date(report.at).getTime() - trial.createdAt.getTime()) / 1_000);
    if (next.supersedesOlder) this.loseOlder(report);
    this.setTrial(trial, isStopped ? { ...next.trial, state: trial.state } : next.trial);
    this.setAttempt(attempt, next.attempt);
    this.points.push(...next.points);
    this.events.push(...next.events);
    if (report.type === 'stepReported' && next.trial.state === 'running')
      this.steps.push({
        type: report.type,
        sweepId: trial.sweepId,
        trialId: trial.id,
        number: trial.number,
        metrics: report.metrics,
      });
    return next.searchEvents;
  }

  /**
   * The search has decided to stop the trial, which is carried out later: what its attempts say from here on is their
   * history only. Otherwise it would depend on how reports fall into batches how far a stopped trial came.
   */
  stop(number: number): void {
    this.stopped.add(number);
  }

  async write(tx: Repositories): Promise<void> {
    const changed = <R>(records: Map<string, R>, ids: Set<string>) =>
      [...ids].map((id) => records.get(id)).filter((record) => record !== undefined);
    await tx.trials.saveAll(changed(this.trials, this.changedTrials));
    await tx.attempts.save(changed(this.attempts, this.changedAttempts));
    await tx.metrics.insert(this.points);
  }

  private loseOlder(report: Report): void {
    for (const attempt of this.attempts.values())
      if (attempt.trialId === report.trialId && attempt.fence < report.fence && attempt.state === 'running')
        this.setAttempt(attempt, { ...attempt, state: 'lost', endedAt: new Date(report.at) });
  }

  private setTrial(before: TrialRecord, after: TrialRecord): void {
    if (after === before) return;
    this.trials.set(after.id, after);
    this.changedTrials.add(after.id);
  }

  private setAttempt(before: AttemptRecord | undefined, after: AttemptRecord): void {
    if (after === before) return;
    if (after.state !== 'running' && (before?.state ?? 'running') === 'running')
      this.notes.endedAttempts.push(after);
    this.attempts.set(after.id, after);
    this.changedAttempts.add(after.id);
  }
}
