export { configOf } from './config-of';
export type { ObjectiveValues, Origin, SearchAction, SearchEvent } from './events';
export type { Json, JsonObject } from './json';
export type { SearchContext } from './search-context';
export { SearchSpecError } from './search-spec-error';
export { createSearcher, planSize, type Searcher } from './searcher';
export { dimensionOf, type Dimension } from './space/dimension';
export type { Configuration } from './space/search-space';
