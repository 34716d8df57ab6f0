import { isSweepEnded, sweepMetrics, type PredictedRange } from '@fathom/contracts';
import { readOnScrape, type Sample } from '@fathom/runtime';
import type { DecisionGroup, MonitoredSweep } from '@fathom/store';
import type { Registry } from 'prom-client';
import { DecisionTally } from './decision-tally';
import { KeptReading, type ReadingOptions } from './kept-reading';
import { SweepForecasts } from './sweep-forecasts';
import { sweepSeries, type SweepFacts, type SweepMetric } from './sweep-series';

export interface SweepSource {
  /** Those that are to have series. */
  watched(): Promise<readonly MonitoredSweep[]>;
  decisionsSince(after: ReadonlyMap<string, bigint>): Promise<DecisionGroup[]>;
  /** Seconds of devices that the whole sweep will have taken; rejects where that cannot be said. */
  forecast(sweepId: string): Promise<PredictedRange>;
  /** A forecast has been rejected: its metric has no value. */
  forecastFailed(sweepId: string, error: unknown): void;
  /** Milliseconds since 1970 since when this coordinator leads; undefined: another does. */
  leadingSince(): number | undefined;
}

/** The series of sweeps: read from the database when they are scraped, all from one reading. */
export class SweepGauges {
  private readonly lastReports = new Map<string, number>();
  private readonly facts: KeptReading<readonly SweepFacts[]>;
  private readonly decisions: DecisionTally;
  private readonly forecasts: SweepForecasts;

  constructor(
    registry: Registry,
    private readonly source: SweepSource,
    reading: ReadingOptions,
  ) {
    this.decisions = new DecisionTally((after) => source.decisionsSince(after));
    this.forecasts = new SweepForecasts(
      (sweepId) => source.forecast(sweepId),
      (sweepId, error) => {
        source.forecastFailed(sweepId, error);
      },
    );
    this.facts = new KeptReading('sweeps with series of their own', () => this.read(), reading);
    for (const key of Object.keys(sweepMetrics) as SweepMetric[])
      readOnScrape<string>(registry, sweepMetrics[key], async () =>
        (await this.facts.get())?.flatMap((facts) => labelled(facts, sweepSeries[key](facts))),
      );
  }

  /** A report of the sweep has been taken. @param at milliseconds since 1970 */
  reported(sweepId: string, at: number): void {
    this.lastReports.set(sweepId, at);
  }

  private async read(): Promise<SweepFacts[]> {
    const sweeps = await this.source.watched();
    const ids = sweeps.map(({ id }) => id);
    const decisions = await this.decisions.of(ids);
    const open = sweeps.filter(({ state }) => !isSweepEnded(state)).map(({ id }) => id);
    const forecasts = this.forecasts.of(open);
    for (const id of this.lastReports.keys()) if (!ids.includes(id)) this.lastReports.delete(id);
    const since = this.source.leadingSince();
    return sweeps.map((sweep) => ({
      sweep,
      decisions: decisions.get(sweep.id),
      forecast: forecasts.get(sweep.id),
      lastReport:
        since === undefined ? undefined : Math.max(since, this.lastReports.get(sweep.id) ?? 0) / 1_000,
    }));
  }
}

const labelled = ({ sweep }: SweepFacts, samples: readonly Sample<string>[]): Sample<string>[] =>
  samples.map(({ labels, value }) => ({
    labels: { sweep_id: sweep.id, sweep: sweep.name, ...labels },
    value,
  }));
