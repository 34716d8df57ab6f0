export { allocatorEnvironment } from './allocator';
export { cpuFlags } from './cpu-flags';
export { openEngine, type Engine } from './engine';
export { EngineError, type EngineErrorKind } from './engine-error';
export type { EngineOptions } from './environment';
export { matrixProducts, type MatrixProducts } from './matrix-products';
export { measureMatrixRate } from './matrix-rate';
export { precisionWarning } from './precision-warning';
export { countGpus, visibleGpus } from './visible-gpus';
