/** The spec's search, space and budget do not fit together. `path` names the field, from the spec's root. */
export class SearchSpecError extends Error {
  override readonly name = 'SearchSpecError';

  constructor(
    readonly path: readonly (string | number)[],
    message: string,
  ) {
    super(message);
  }
}
