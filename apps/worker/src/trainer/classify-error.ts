import { ArtifactError, CheckpointStorageError, ModelError } from '@fathom/artifacts';
import type { FailureClass } from '@fathom/contracts';
import { DataError } from '@fathom/data';
import { EngineError } from '@fathom/engine';
import { ConfigurationError, DivergedError } from '@fathom/resnet';
import { isAboutMemory } from '../out-of-memory';

/** The class that decides whether another attempt makes sense, and one line for a person. */
export function classifyError(error: unknown): { class: FailureClass; message: string } {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 4000);
  return { class: classOf(error, message), message };
}

function classOf(error: unknown, message: string): FailureClass {
  if (error instanceof DivergedError) return 'diverged';
  if (error instanceof DataError) return 'data';
  if (error instanceof ConfigurationError) return 'user-error';
  if (error instanceof CheckpointStorageError || error instanceof ArtifactError) return 'storage';
  if (error instanceof ModelError) return error.kind === 'unwritable' ? 'storage' : 'user-error';
  if (error instanceof EngineError && error.kind === 'out-of-memory') return 'out-of-memory';
  if (isAboutMemory(message)) return 'out-of-memory';
  return 'internal';
}
