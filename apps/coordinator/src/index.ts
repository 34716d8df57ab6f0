export { environmentSchema } from './environment';
export { metricsCatalog } from './metrics/metrics-catalog';
