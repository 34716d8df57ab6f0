export { bestSoFar } from './analysis/best-so-far';
export { depthTable, type DepthResult } from './analysis/depth-table';
export { MIN_TRIALS_FOR_IMPORTANCE, objectiveIndex, parameterImportance } from './analysis/importance';
export { parallelCoordinates } from './analysis/parallel-coordinates';
export { paretoSet } from './analysis/pareto-set';
export type { TrialResult } from './analysis/trial-result';
export { configOf } from './config-of';
export { CostModel, type MeasuredEpoch, type PredictedSeconds } from './cost/cost-model';
export type { EpochWork, NetworkCost } from './cost/epoch-work';
export type { ObjectiveValues, Origin, SearchAction, SearchEvent } from './events';
export type { Json, JsonObject } from './json';
export type { SearchContext } from './search-context';
export { importsOf, type PastTrial } from './samplers/past-trials';
export { SearchSpecError } from './search-spec-error';
export { createSearcher, planSize, type Searcher, type SearcherOptions } from './searcher';
export type { Dimension } from './space/dimension';
export { SearchSpace, type Configuration } from './space/search-space';
export { projectionOf, type Projection } from './space/projection';
export { spaceOf } from './space/space-of';
export type {
  BestSoFar,
  Counts,
  Misfortune,
  ObjectiveCurve,
  SimulatedFleet,
  SimulationResult,
  Spent,
} from './simulate/fleet';
export { Forecasting, type DepthForecast, type Forecast, type ForecastFacts } from './simulate/forecast';
export { plausibleError } from './simulate/learning-curves';
export { replay, type RecordedCurve, type RecordedMetric, type Replay } from './simulate/recorded';
export { simulate, Simulation } from './simulate/simulation';
