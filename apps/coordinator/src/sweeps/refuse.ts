import type { Violation } from '@fathom/contracts';
import { ProblemError } from '../http/problem-error';

/** @throws ProblemError sweep-cannot-run where there is anything against the sweep */
export function refuse(violations: Violation[]): void {
  const [first] = violations;
  if (first !== undefined) throw refusal(first, ...violations.slice(1));
}

/** What is against the sweep, its first fault in words. */
export const refusal = (first: Violation, ...others: readonly Violation[]): ProblemError =>
  new ProblemError('sweep-cannot-run', `${first.path}: ${first.message}`, [first, ...others]);
