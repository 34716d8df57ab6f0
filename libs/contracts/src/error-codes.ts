/**
 * Every error code the API can answer with, and its HTTP status. `docs/errors.md` is tested against this list.
 */
export const errorCodes = {
  'invalid-request': { status: 400, title: 'The request does not have the required shape' },
  'malformed-body': { status: 400, title: 'The body is not valid JSON or YAML' },
  'unsupported-media-type': { status: 415, title: 'The body must be JSON or YAML' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'sweep-cannot-run': { status: 422, title: 'The sweep could never run' },
  'operation-refused': { status: 422, title: 'The operation contradicts what was decided or done' },
  'not-found': { status: 404, title: 'There is no such resource' },
  'idempotency-conflict': { status: 409, title: 'The Idempotency-Key was used for a different request' },
  'state-conflict': { status: 409, title: "The operation does not fit the resource's state" },
  'dependency-unavailable': { status: 503, title: 'Redis or PostgreSQL cannot be reached' },
  internal: { status: 500, title: 'An unexpected error; the log has the details' },
} as const;

export type ErrorCode = keyof typeof errorCodes;
