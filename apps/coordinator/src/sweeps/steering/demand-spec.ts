import { sweepSpecSchema, violationsOf, type SweepSpec } from '@fathom/contracts';
import { ProblemError } from '../../http/problem-error';

/**
 * A specification that was made of another one and a request.
 *
 * @param at where in the request it stands
 * @throws ProblemError invalid-request, with the paths of the request
 */
export function demandSpec(given: unknown, at = '$'): SweepSpec {
  const parsed = sweepSpecSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const violations = violationsOf(parsed.error, given).map((violation) => ({
    ...violation,
    path: violation.path.replace('$', at),
  }));
  const [first] = violations;
  throw new ProblemError(
    'invalid-request',
    `body: ${first ? `${first.path}: ${first.message}` : 'no sweep'}`,
    violations,
  );
}
