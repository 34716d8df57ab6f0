/** A setting that cannot work: which one, what was given, and what is allowed. */
export class ConfigurationError extends Error {
  override readonly name: string = 'ConfigurationError';

  constructor(
    /** The field of the training configuration, or `imageSize`, `channels`, `classes` of the data. */
    readonly field: string,
    readonly given: unknown,
    /** In words: `6n+2 (basic blocks), nearest 20 and 26`. */
    readonly allowed: string,
  ) {
    super(`${field}: given ${String(given)}, allowed is ${allowed}`);
  }
}

/** There is no network of this family, depth and block. */
export class ArchitectureError extends ConfigurationError {
  override readonly name = 'ArchitectureError';
}
