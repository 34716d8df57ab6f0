import { isSweepEnded, objectivesOf, type LiveEvent, type Report } from '@fathom/contracts';
import { noSpan, within, type Logger, type Span, type Tracer } from '@fathom/runtime';
import {
  isUnstorable,
  type Repositories,
  type Store,
  type StoredEvent,
  type SweepRecord,
} from '@fathom/store';
import type { Clock } from '../clock';
import type { Searches, SearchTurn } from '../sweeps/searches';
import { endIfHopeless } from '../sweeps/fail-fast';
import { Ledger, type LedgerNotes } from './ledger';

/** Why a report was not taken. */
export type Rejection = 'invalid' | 'unknown-trial' | 'error';

export interface IntakeListener {
  taken(report: Report): void;
  rejected(reason: Rejection): void;
  /** After the commit. */
  noted(notes: LedgerNotes): void;
  /** After the commit: what was stored, and the step reports that only live clients see. */
  committed(events: readonly StoredEvent[], steps: readonly LiveEvent[]): void;
}

interface Taken {
  readonly events: readonly StoredEvent[];
  readonly steps: readonly LiveEvent[];
  readonly unknown: readonly Report[];
  readonly notes?: LedgerNotes;
}

/**
 * Brings reports into the database: one transaction for each sweep of a batch. It may get the same report any
 * number of times; only when it resolves are the reports of a batch done with.
 */
export class ReportIntake {
  constructor(
    private readonly store: Store,
    private readonly searches: Searches,
    private readonly listener: IntakeListener,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly tracer: Tracer,
  ) {}

  async take(reports: readonly Report[]): Promise<void> {
    const bySweep = new Map<string, Report[]>();
    for (const report of reports)
      bySweep.set(report.sweepId, [...(bySweep.get(report.sweepId) ?? []), report]);
    for (const [sweepId, group] of bySweep) await this.takeGroup(sweepId, group);
  }

  /**
   * A report that cannot be stored must not hold up those behind it: it is found, logged and left out.
   *
   * @throws whatever says nothing of the reports themselves: they are to come again
   */
  private async takeGroup(sweepId: string, reports: readonly Report[]): Promise<void> {
    try {
      this.announce(reports, await this.store.transaction((tx) => this.bring(tx, sweepId, reports)));
    } catch (error) {
      if (!isUnstorable(error)) throw error;
      if (reports.length > 1) {
        for (const report of reports) await this.takeGroup(sweepId, [report]);
        return;
      }
      const [report] = reports;
      this.logger.error({ err: error, ...fieldsOf(report), report }, 'a report could not be taken');
      this.listener.rejected('error');
    }
  }

  private announce(reports: readonly Report[], { events, steps, unknown, notes }: Taken): void {
    for (const report of unknown) {
      this.logger.warn({ ...fieldsOf(report), type: report.type }, 'report of an unknown trial');
      this.listener.rejected('unknown-trial');
    }
    for (const report of reports) if (!unknown.includes(report)) this.listener.taken(report);
    if (notes !== undefined) this.listener.noted(notes);
    this.listener.committed(events, steps);
  }

  private async bring(tx: Repositories, sweepId: string, reports: readonly Report[]): Promise<Taken> {
    const sweep = await tx.sweeps.lock(sweepId);
    if (!sweep) return { events: [], steps: [], unknown: reports };
    const span = this.spanOf(sweep, reports);
    try {
      return await within(span, () => this.apply(tx, sweep, reports));
    } finally {
      span.end();
    }
  }

  private spanOf({ id, traceparent }: SweepRecord, reports: readonly Report[]): Span {
    if (traceparent === null) return noSpan;
    const attributes = { 'fathom.sweep': id, 'fathom.reports': reports.length };
    return this.tracer.start('take reports', { parent: traceparent, kind: 'consumer', attributes });
  }

  private async apply(tx: Repositories, sweep: SweepRecord, reports: readonly Report[]): Promise<Taken> {
    const { id: sweepId } = sweep;
    const trialIds = [...new Set(reports.map((report) => report.trialId))];
    const ledger = new Ledger(
      await tx.trials.records(sweepId, trialIds),
      await tx.attempts.ofTrials(trialIds),
    );
    const objectives = objectivesOf(sweep.spec);
    const unknown: Report[] = [];
    const isOpen = !isSweepEnded(sweep.state);
    let search: SearchTurn | undefined;
    for (const report of reports) {
      const news = ledger.apply(report, objectives);
      if (news === undefined) unknown.push(report);
      if (news === undefined || news.length === 0 || !isOpen) continue;
      const turn = (search ??= await this.searches.begin(tx, sweep));
      for (const action of news.flatMap((event) => turn.tell(event)))
        if (action.type === 'stopTrial') ledger.stop(action.trial);
    }
    await ledger.write(tx);
    if (reports.some(isGivenBack)) await tx.outbox.notify();
    const decided = (await search?.end()) ?? [];
    const news = [...ledger.events, ...decided];
    const end = isOpen ? await endIfHopeless(tx, sweep, news, this.clock.now()) : [];
    const events = await tx.events.append([...news, ...end], this.clock.now());
    return { events, steps: ledger.steps, unknown, notes: ledger.notes };
  }
}

const fieldsOf = (report: Report | undefined) => ({
  sweep: report?.sweepId,
  trial: report?.trialId,
  attempt: report?.attemptId,
});

/** Its job has ended with the attempt: it is to have another, unless its sweep is paused. */
const isGivenBack = (report: Report): boolean => report.type === 'attemptInterrupted' && !report.willRequeue;
