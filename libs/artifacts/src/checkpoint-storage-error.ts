/** Checkpoints cannot be read or written, so that a training could not go on from where it was. */
export class CheckpointStorageError extends Error {
  override readonly name = 'CheckpointStorageError';

  constructor(
    readonly dir: string,
    /** Of the operating system, such as ENOSPC; empty where it has none. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
