export { configOf } from './config-of';
export type { SearchAction, SearchEvent } from './events';
export type { Json, JsonObject } from './json';
export { SearchSpecError } from './search-spec-error';
export { createSearcher, planSize, type Searcher, type Step } from './searcher';
export { dimensionOf, type Dimension } from './space/dimension';
export type { Configuration } from './space/search-space';
