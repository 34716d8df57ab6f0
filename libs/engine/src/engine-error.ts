/**
 * missing-library: TensorFlow or its binding is not there or cannot be loaded.
 * load-failed: TensorFlow refused a graph. run-failed: a run of it failed. out-of-memory: for want of memory.
 * missing-device: there is no GPU where one is needed. misuse: the caller asked for something that cannot be.
 */
export type EngineErrorKind =
  'missing-library' | 'missing-device' | 'load-failed' | 'run-failed' | 'out-of-memory' | 'misuse';

export class EngineError extends Error {
  override readonly name = 'EngineError';

  constructor(
    readonly kind: EngineErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
