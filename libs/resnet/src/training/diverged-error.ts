/** The loss is not a finite number any more; going on cannot help. */
export class DivergedError extends Error {
  override readonly name = 'DivergedError';

  constructor(
    /** Such as `training loss of step 12`. */
    readonly what: string,
    readonly value: number,
  ) {
    super(`${what} is ${String(value)}; a lower learning rate or a warm-up may help`);
  }
}
