export * from './catalog';
export * from './coordinator-metrics';
export * from './device-metrics';
export type { LabelOf, LabelValues, Metric, MetricTable, SeriesLifetime } from './metric';
export { runtimeMetrics } from './runtime-metrics';
export * from './sweep-metrics';
export * from './worker-metrics';
