import { SearchSpecError } from '../search-spec-error';

/** Where a spec is refused, and in which words. @throws Error where it is not */
export function faultOf(make: () => unknown): [path: string, message: string] {
  try {
    make();
  } catch (error) {
    if (error instanceof SearchSpecError) return [error.path.join('.'), error.message];
    throw error;
  }
  throw new Error('the spec was accepted');
}
