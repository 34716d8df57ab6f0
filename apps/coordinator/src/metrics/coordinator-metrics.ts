import { coordinatorMetrics as table, type Report } from '@fathom/contracts';
import { counterOf, createMetricsRegistry, histogramOf, readOnScrape } from '@fathom/runtime';
import type { DependencyName } from '../health/dependencies';
import type { LedgerNotes } from '../intake/ledger';
import type { Rejection } from '../intake/report-intake';
import { KeptReading } from './kept-reading';
import { registerSharedGauges, type SharedSource } from './shared-gauges';
import { SweepGauges, type SweepSource } from './sweep-gauges';

/** What a scrape asks of the other parts of the coordinator. */
export interface MetricsSource {
  readonly shared: SharedSource;
  readonly sweeps: SweepSource;
  /** Resolves where the dependency is as it should be. */
  probe(name: DependencyName): Promise<void>;
  /** Metrics have no value because this could not be read; not told again until it could. */
  readingFailed(what: string, error: unknown): void;
}

const FRESH_MS = 5_000;
const dependencies: readonly DependencyName[] = ['postgres', 'redis', 'redisPolicy'];

/** Everything that Prometheus sees of a coordinator. */
export class CoordinatorMetrics {
  readonly registry = createMetricsRegistry();
  private readonly reports = counterOf(this.registry, table.reports);
  private readonly reportsRejected = counterOf(this.registry, table.reportsRejected);
  private readonly reportsLate = counterOf(this.registry, table.reportsLate);
  private readonly waitSeconds = histogramOf(this.registry, table.waitSeconds);
  private readonly runSeconds = histogramOf(this.registry, table.runSeconds);
  private readonly failures = counterOf(this.registry, table.failures);
  private readonly http = histogramOf(this.registry, table.httpSeconds);
  private readonly sweeps: SweepGauges;

  /** @param freshMs for how long a scrape may show what one before has read. Default 5,000. */
  constructor(source: MetricsSource, freshMs = FRESH_MS) {
    const failed = (what: string, error: unknown) => {
      source.readingFailed(what, error);
    };
    registerSharedGauges(this.registry, source.shared, { freshMs, failed });
    this.sweeps = new SweepGauges(this.registry, source.sweeps, { freshMs, failed });
    // From the first scrape on: a rate is only known of a series that was there before.
    for (const name of table.failures.labels.class) this.failures.inc({ class: name }, 0);
    for (const outcome of table.runSeconds.labels.outcome) this.runSeconds.zero({ outcome });
    for (const reason of table.reportsRejected.labels.reason) this.reportsRejected.inc({ reason }, 0);
    for (const type of table.reports.labels.type) {
      this.reports.inc({ type }, 0);
      this.reportsLate.inc({ type }, 0);
    }
    readOnScrape(this.registry, table.leader, () => [
      { labels: {}, value: Number(source.sweeps.leadingSince() !== undefined) },
    ]);
    const up = new KeptReading(
      'dependencies',
      () => Promise.allSettled(dependencies.map((name) => source.probe(name))),
      { freshMs: 0, failed },
    );
    readOnScrape(this.registry, table.dependencyUp, async () =>
      (await up.get())?.map(({ status }, i) => ({
        labels: { dependency: dependencies[i] ?? '' },
        value: Number(status === 'fulfilled'),
      })),
    );
  }

  reportTaken(report: Report): void {
    this.reports.inc({ type: report.type });
    this.sweeps.reported(report.sweepId, Date.now());
  }

  reportRejected(reason: Rejection): void {
    this.reportsRejected.inc({ reason });
  }

  noted({ late, endedAttempts, waits }: LedgerNotes): void {
    for (const { type } of late) this.reportsLate.inc({ type });
    for (const seconds of waits) this.waitSeconds.observe(Math.max(0, seconds));
    for (const { state, failure, startedAt, endedAt } of endedAttempts) {
      const seconds = ((endedAt ?? startedAt).getTime() - startedAt.getTime()) / 1_000;
      this.runSeconds.observe({ outcome: state }, Math.max(0, seconds));
      // Nobody is left to say what a lost attempt failed of.
      const found = failure?.class ?? (state === 'lost' ? 'lost-worker' : undefined);
      if (found !== undefined) this.failures.inc({ class: found });
    }
  }

  requestAnswered(method: string, route: string, status: number, seconds: number): void {
    this.http.observe({ method, route, status: String(status) }, seconds);
  }
}
