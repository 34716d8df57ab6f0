import { problem, type ErrorCode, type Problem, type Violation } from '@fathom/contracts';

/** Thrown anywhere below a controller; the filter answers with it. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly problem: Problem;

  constructor(
    readonly code: ErrorCode,
    detail: string,
    violations?: Violation[],
  ) {
    super(detail);
    this.problem = problem(code, detail, violations);
  }
}
