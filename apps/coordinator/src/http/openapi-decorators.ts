import { errorCodes, type ErrorCode } from '@fathom/contracts';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiParam, ApiResponse } from '@nestjs/swagger';

/** Every route that needs Redis or PostgreSQL can answer these, too. */
const everywhere: ErrorCode[] = ['dependency-unavailable', 'internal'];

/** What a route can answer that takes a body. */
export const bodyProblems = [
  'invalid-request',
  'malformed-body',
  'unsupported-media-type',
  'body-too-large',
] as const satisfies ErrorCode[];

/** Documents the error codes a route can answer with, one response for each status. */
export function ApiProblems(...codes: ErrorCode[]): MethodDecorator & ClassDecorator {
  const all = [...codes, ...everywhere];
  const statuses = [...new Set(all.map((code) => errorCodes[code].status))];
  return applyDecorators(
    ...statuses.map((status) => {
      const ofStatus = all.filter((code) => errorCodes[code].status === status);
      return ApiResponse({
        status,
        description: ofStatus.map((code) => `\`${code}\`: ${errorCodes[code].title}.`).join(' '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      });
    }),
  );
}

export const ApiIdParam = (description: string): MethodDecorator =>
  ApiParam({ name: 'id', description, schema: { type: 'string', format: 'uuid' } });

/** For operations that a repeat would do twice. */
export const ApiIdempotencyKey = (): MethodDecorator =>
  ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description:
      'The same key with the same request gives the same answer and has no second effect. Keys are kept for 24 hours.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  });
