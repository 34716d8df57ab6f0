export { configOf } from './config-of';
export { CostModel, type MeasuredEpoch, type PredictedSeconds } from './cost/cost-model';
export type { EpochWork, NetworkCost } from './cost/epoch-work';
export type { ObjectiveValues, Origin, SearchAction, SearchEvent } from './events';
export type { Json, JsonObject } from './json';
export type { SearchContext } from './search-context';
export { SearchSpecError } from './search-spec-error';
export { createSearcher, planSize, type Searcher, type SearcherOptions } from './searcher';
export { dimensionOf, type Dimension } from './space/dimension';
export { SearchSpace, type Configuration } from './space/search-space';
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
export { simulate, Simulation } from './simulate/simulation';
