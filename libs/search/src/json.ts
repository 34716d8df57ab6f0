/** State of search is plain JSON, so that it can be stored, compared and replayed. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
// An interface, because a type alias may not refer to itself through Json.
// eslint-disable-next-line @typescript-eslint/consistent-indexed-object-style -- see above
export interface JsonObject {
  readonly [key: string]: Json;
}
