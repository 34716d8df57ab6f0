/** A data set cannot be had or read; another attempt would fail the same way. The message says what to do. */
export class DataError extends Error {
  override readonly name = 'DataError';
}
