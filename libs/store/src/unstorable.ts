import { isStoreUnavailable, stateOf } from './unavailable';

// PostgreSQL error classes (documentation, appendix A): 22 the data, 23 constraints, 54 limits that it is beyond.
const dataStates = /^(22|23|54)...$/;

/**
 * Whether the error is one of what was to be stored, or of what was made of it before: it comes again however often that is
 * tried. Whatever else PostgreSQL says, a database without writes, rights or a disk, says nothing of what it was given.
 */
export function isUnstorable(error: unknown): boolean {
  const state = stateOf(error);
  return state === undefined ? !isStoreUnavailable(error) : dataStates.test(state);
}
