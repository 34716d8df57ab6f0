export { environmentSchema, type Environment } from './environment';
export { metricsCatalog } from './supervisor/metrics-catalog';
