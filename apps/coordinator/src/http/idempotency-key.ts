import { createHash } from 'node:crypto';
import { ProblemError } from './problem-error';

const shape = /^[\x21-\x7e]{1,255}$/;

/** @throws ProblemError invalid-request for a key that is not 1 to 255 visible ASCII characters */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (!shape.test(header))
    throw new ProblemError(
      'invalid-request',
      'header Idempotency-Key: 1 to 255 visible ASCII characters without spaces',
    );
  return header;
}

/** Same value, same hash, whatever the order of keys or the format it was written in. */
export function hashOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(canonical(value)))
    .digest('hex');
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, canonical(inner)]));
}
