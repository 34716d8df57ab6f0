import { coordinatorMetrics } from './coordinator-metrics';
import { deviceMetrics } from './device-metrics';
import type { Metric } from './metric';
import { runtimeMetrics } from './runtime-metrics';
import { sweepMetrics } from './sweep-metrics';
import { workerMetrics } from './worker-metrics';

export interface MetricGroup {
  readonly title: string;
  readonly program: 'coordinator' | 'worker' | 'both';
  readonly metrics: readonly Metric[];
}

/** Every metric there is. Documentation, boards, rules and tests go by this table. */
export const metricCatalog: readonly MetricGroup[] = [
  { title: 'Coordinator', program: 'coordinator', metrics: Object.values(coordinatorMetrics) },
  { title: 'Sweeps', program: 'coordinator', metrics: Object.values(sweepMetrics) },
  { title: 'Worker and its trials', program: 'worker', metrics: Object.values(workerMetrics) },
  { title: 'Devices', program: 'worker', metrics: Object.values(deviceMetrics) },
  { title: 'Node.js', program: 'both', metrics: runtimeMetrics },
];

/** The metrics of a program, by name. */
export const metricsOf = (program: 'coordinator' | 'worker'): ReadonlyMap<string, Metric> =>
  new Map(
    metricCatalog
      .filter((group) => group.program === program || group.program === 'both')
      .flatMap(({ metrics }) => metrics.map((metric) => [metric.name, metric] as const)),
  );
