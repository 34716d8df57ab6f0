import type { ErrorCode, Violation } from '@fathom/contracts';
import { ProblemError } from '../http/problem-error';

/** @throws ProblemError sweep-cannot-run where there is anything against the sweep */
export const refuse = (violations: readonly Violation[]): void => {
  throwFirst('sweep-cannot-run', violations);
};

/** @throws ProblemError operation-refused where there is anything against what was asked of a sweep that is there */
export const refuseOperation = (violations: readonly Violation[]): void => {
  throwFirst('operation-refused', violations);
};

function throwFirst(code: ErrorCode, violations: readonly Violation[]): void {
  const [first, ...others] = violations;
  if (first !== undefined) throw refusalOf(code, first, others);
}

/** What is against the sweep, its first fault in words. */
export const refusal = (first: Violation, ...others: readonly Violation[]): ProblemError =>
  refusalOf('sweep-cannot-run', first, others);

const refusalOf = (code: ErrorCode, first: Violation, others: readonly Violation[]): ProblemError =>
  new ProblemError(code, `${first.path}: ${first.message}`, [first, ...others]);
