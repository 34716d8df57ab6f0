/**
 * missing: there is no model in the folder. damaged: a file of it is torn or was changed. unsupported: its
 * description is none that this version understands. unwritable: the folder cannot take a model.
 */
export type ModelErrorKind = 'missing' | 'damaged' | 'unsupported' | 'unwritable';

/** A model folder that cannot be used; the message names the file and says why. */
export class ModelError extends Error {
  override readonly name = 'ModelError';

  constructor(
    readonly kind: ModelErrorKind,
    /** The file or folder. */
    readonly path: string,
    reason: string,
    options?: ErrorOptions,
  ) {
    super(`${path}: ${reason}`, options);
  }
}
