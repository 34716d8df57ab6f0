import type { LiveEvent, Objective, Report } from '@fathom/contracts';
import type { SearchEvent } from '@fathom/search';
import type { AttemptRecord, MetricPoint, NewEvent, Repositories, TrialRecord } from '@fathom/store';
import { applyReport } from './trial-transition';

/** The trials and attempts of a batch while its reports are applied one after the other. */
export class Ledger {
  readonly events: NewEvent[] = [];
  readonly steps: LiveEvent[] = [];
  readonly searchEvents: SearchEvent[] = [];
  private readonly trials: Map<string, TrialRecord>;
  private readonly attempts: Map<string, AttemptRecord>;
  private readonly changedTrials = new Set<string>();
  private readonly changedAttempts = new Set<string>();
  private readonly points: MetricPoint[] = [];

  constructor(trials: readonly TrialRecord[], attempts: readonly AttemptRecord[]) {
    this.trials = new Map(trials.map((trial) => [trial.id, trial]));
    this.attempts = new Map(attempts.map((attempt) => [attempt.id, attempt]));
  }

  /** @returns false for a report of a trial that is not in this sweep */
  apply(report: Report, objectives: readonly Objective[]): boolean {
    const trial = this.trials.get(report.trialId);
    const attempt = this.attempts.get(report.attemptId);
    if (!trial || (attempt && attempt.trialId !== trial.id)) return false;
    const next = applyReport(trial, attempt, report, objectives);
    if (next.supersedesOlder) this.loseOlder(report);
    this.setTrial(trial, next.trial);
    this.setAttempt(attempt, next.attempt);
    this.points.push(...next.points);
    this.events.push(...next.events);
    this.searchEvents.push(...next.searchEvents);
    if (report.type === 'stepReported' && next.trial.state === 'running')
      this.steps.push({
        type: report.type,
        sweepId: trial.sweepId,
        trialId: trial.id,
        number: trial.number,
        metrics: report.metrics,
      });
    return true;
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
    this.attempts.set(after.id, after);
    this.changedAttempts.add(after.id);
  }
}
