import type { Report, SweepState, TrialState } from '@fathom/contracts';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Rejection } from '../intake/report-intake';
import { metricsCatalog } from './metrics-catalog';

/** What a scrape reads from the database and the queue. */
export interface GaugeSource {
  sweeps(): Promise<Record<SweepState, number>>;
  trials(): Promise<Record<TrialState, number>>;
  outboxPending(): Promise<number>;
  queueJobs(): Promise<{ queue: string; state: string; value: number }[]>;
  isLeader(): boolean;
}

const SCRAPE_DEADLINE_MS = 2_000;
const HTTP_BUCKETS = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export class CoordinatorMetrics {
  readonly registry = new Registry();
  private readonly reports = counter(this.registry, metricsCatalog.reports);
  private readonly reportsRejected = counter(this.registry, metricsCatalog.reportsRejected);
  private readonly http = new Histogram({
    ...described(metricsCatalog.httpSeconds),
    buckets: HTTP_BUCKETS,
    registers: [this.registry],
  });

  constructor(source: GaugeSource) {
    collectDefaultMetrics({ register: this.registry });
    const byState = async (gauge: Gauge, read: () => Promise<Record<string, number>>) => {
      for (const [state, value] of Object.entries(await read())) gauge.set({ state }, value);
    };
    this.gauge(metricsCatalog.sweeps, (gauge) => byState(gauge, () => source.sweeps()));
    this.gauge(metricsCatalog.trials, (gauge) => byState(gauge, () => source.trials()));
    this.gauge(metricsCatalog.outboxPending, async (gauge) => {
      gauge.set(await source.outboxPending());
    });
    this.gauge(metricsCatalog.leader, (gauge) => {
      gauge.set(Number(source.isLeader()));
      return Promise.resolve();
    });
    this.gauge(metricsCatalog.queueJobs, async (gauge) => {
      for (const { queue, state, value } of await source.queueJobs()) gauge.set({ queue, state }, value);
    });
  }

  reportTaken(report: Report): void {
    this.reports.inc({ type: report.type });
  }

  reportRejected(reason: Rejection): void {
    this.reportsRejected.inc({ reason });
  }

  requestAnswered(method: string, route: string, status: number, seconds: number): void {
    this.http.observe({ method, route, status: String(status) }, seconds);
  }

  /** A gauge read on each scrape. Where its source is away or slow, it has no value in that scrape. */
  private gauge(entry: CatalogEntry, read: (gauge: Gauge) => Promise<void>): void {
    const gauge: Gauge = new Gauge({
      ...described(entry),
      registers: [this.registry],
      collect: async () => {
        gauge.reset();
        if (entry.labels.length === 0) gauge.remove();
        await Promise.race([read(gauge).catch(() => undefined), sleep(SCRAPE_DEADLINE_MS)]);
      },
    });
  }
}

interface CatalogEntry {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

const described = ({ name, help, labels }: CatalogEntry) => ({ name, help, labelNames: [...labels] });

const counter = (registry: Registry, entry: CatalogEntry) =>
  new Counter({ ...described(entry), registers: [registry] });

const sleep = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms).unref();
  });
