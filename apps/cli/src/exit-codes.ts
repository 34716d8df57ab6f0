import { ArtifactError, ArtifactLocationError, ModelError } from '@fathom/artifacts';
import { ConfigurationError } from '@fathom/resnet';
import { ApiError, UnreachableError } from './client/api-error';

/** What the `fathom` command exits with; `fathom --help` prints this table. */
export const exitCodes = {
  ok: { code: 0, meaning: 'done' },
  failed: { code: 1, meaning: 'the work failed, or the sweep ended without a result' },
  usage: { code: 2, meaning: 'the command line or an input file is wrong' },
  unreachable: { code: 3, meaning: 'no coordinator answered, or it cannot reach Redis or PostgreSQL' },
  refused: { code: 4, meaning: 'the coordinator refused the request' },
  interrupted: { code: 130, meaning: 'stopped by Ctrl-C' },
} as const;

/** The command line or a file it names is wrong; the message is all the user needs. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError where a network cannot be as the command line says; else the error itself */
export function throwAsUsage(error: unknown): never {
  if (error instanceof ConfigurationError) throw new UsageError(error.message);
  throw error;
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || error instanceof ModelError || error instanceof ArtifactLocationError)
    return exitCodes.usage.code;
  if (error instanceof ArtifactError) return error.mayPass ? exitCodes.failed.code : exitCodes.usage.code;
  if (error instanceof UnreachableError) return exitCodes.unreachable.code;
  if (error instanceof ApiError)
    return error.problem.status >= 500 ? exitCodes.unreachable.code : exitCodes.refused.code;
  return exitCodes.failed.code;
}
