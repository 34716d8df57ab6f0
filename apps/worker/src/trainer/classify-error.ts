import { CheckpointStorageError, ModelError } from '@fathom/artifacts';
import type { FailureClass } from '@fathom/contracts';
import { DataError } from '@fathom/data';
import { ConfigurationError, DivergedError } from '@fathom/resnet';

const OUT_OF_MEMORY =
  /OOM when allocating|RESOURCE_EXHAUSTED|Resource exhausted|bad_alloc|Array buffer allocation failed/;

/** The class that decides whether another attempt makes sense, and one line for a person. */
export function classifyError(error: unknown): { class: FailureClass; message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4000);
  return { class: classOf(error, message), message };
}

function classOf(error: unknown, message: string): FailureClass {
  if (error instanceof DivergedError) return 'diverged';
  if (error instanceof DataError) return 'data';
  if (error instanceof ConfigurationError) return 'user-error';
  if (error instanceof CheckpointStorageError) return 'storage';
  if (error instanceof ModelError && error.kind === 'unwritable') return 'storage';
  if (OUT_OF_MEMORY.test(message)) return 'out-of-memory';
  return 'internal';
}
