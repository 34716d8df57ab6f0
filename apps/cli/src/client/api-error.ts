import type { Problem } from '@fathom/contracts';

/** The coordinator answered with a problem. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(readonly problem: Problem) {
    const violations = (problem.violations ?? []).map(({ path, message }) => `\n  ${path}: ${message}`);
    super(`${problem.title}: ${problem.detail}${violations.join('')}`);
  }
}

/** Nothing answered at the coordinator's address, or not what a coordinator answers. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(url: string, cause: unknown) {
    const why =
      cause instanceof Error
        ? cause.cause instanceof Error
          ? cause.cause.message
          : cause.message
        : String(cause);
    super(`No coordinator at ${url} (${why}). Start one with "fathom up", or set FATHOM_URL.`, { cause });
  }
}
