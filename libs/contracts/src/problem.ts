import { z } from 'zod';
import { errorCodes, type ErrorCode } from './error-codes';

export const violationSchema = z.strictObject({
  path: z.string().describe('JSON path of the offending value, such as $.space.depth.values[1].'),
  rule: z.string().describe('The rule it broke, such as too_big or unrecognized_keys.'),
  message: z.string().describe('What was given and what is allowed.'),
});
export type Violation = z.infer<typeof violationSchema>;

/** RFC 9457 problem details. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('urn:fathom:error:<code>'),
    title: z.string(),
    status: z.int(),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string(),
    violations: z.array(violationSchema).optional(),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof problemSchema>;

export function problem(code: ErrorCode, detail: string, violations?: Violation[]): Problem {
  const { status, title } = errorCodes[code];
  return {
    type: `urn:fathom:error:${code}`,
    title,
    status,
    code,
    detail,
    ...(violations ? { violations } : {}),
  };
}

/** `$.space.depth.values[1]` of the segments a zod issue carries. */
export function jsonPath(segments: readonly PropertyKey[]): string {
  return segments.reduce<string>((path, s) => {
    if (typeof s === 'number') return `${path}[${String(s)}]`;
    const key = String(s);
    return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
  }, '$');
}

/**
 * One violation per broken rule; an unknown field is named by its own path.
 *
 * @param input what was parsed; where it has a value at the path, the message says what was given
 */
export function violationsOf(error: { issues: readonly z.core.$ZodIssue[] }, input?: unknown): Violation[] {
  return error.issues
    .flatMap((issue) => issueViolations(issue, []))
    .map(({ segments, rule, message }) => {
      const given = rule === 'custom' || rule === 'unrecognized_keys' ? undefined : valueAt(input, segments);
      const suffix = given === undefined ? '' : `, given ${JSON.stringify(given).slice(0, 80)}`;
      return { path: jsonPath(segments), rule, message: message + suffix };
    });
}

function valueAt(input: unknown, segments: readonly PropertyKey[]): unknown {
  return segments.reduce<unknown>(
    (value, s) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[s] : undefined,
    input,
  );
}

interface RawViolation {
  readonly segments: readonly PropertyKey[];
  readonly rule: string;
  readonly message: string;
}

function issueViolations(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): RawViolation[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      segments: [...path, key],
      rule: issue.code,
      message: `unknown field ${JSON.stringify(key)}`,
    }));
  // A union reports every alternative; the one whose type fits is the one that was meant.
  const meant =
    issue.code === 'invalid_union' ? issue.errors.find((branch) => !isWrongType(branch)) : undefined;
  if (meant) return meant.flatMap((inner) => issueViolations(inner, path));
  return [{ segments: path, rule: issue.code, message: issue.message }];
}

const isWrongType = (branch: readonly z.core.$ZodIssue[]): boolean =>
  branch.some((issue) => issue.path.length === 0 && issue.code === 'invalid_type');
