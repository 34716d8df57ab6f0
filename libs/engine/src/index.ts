export { allocatorEnvironment } from './allocator';
export { openEngine, type Engine } from './engine';
export { EngineError, type EngineErrorKind } from './engine-error';
export type { EngineOptions } from './environment';
export { measureMatrixRate } from './matrix-rate';
