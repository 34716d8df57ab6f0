/** Code of an attempt that finds checkpoints of a later one. */
export const OVERTAKEN = 'OVERTAKEN';

/** Checkpoints cannot be read or written, so that a training could not go on from where it was. */
export class CheckpointStorageError extends Error {
  override readonly name = 'CheckpointStorageError';

  constructor(
    readonly dir: string,
    /** Of the operating system, such as ENOSPC, or OVERTAKEN; empty where it has none. */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** Another attempt goes on with the trial: nothing is wrong with the folder, but with being here. */
  get isOvertaken(): boolean {
    return this.code === OVERTAKEN;
  }
}
