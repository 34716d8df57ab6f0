import { violationsOf } from '@fathom/contracts';
import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { ProblemError } from './problem-error';

/** Parses what a handler asks for with the schema named beside it: `@Body({ schema })`, `@Query({ schema })`. */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { schema, type } = metadata;
    if (!(schema instanceof z.ZodType)) return value;
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    // A path parameter that has not the shape of an id names nothing.
    if (type === 'param') throw new ProblemError('not-found', `there is no ${JSON.stringify(value)}`);
    const violations = violationsOf(result.error, value);
    const [first] = violations;
    const more = violations.length > 1 ? ` and ${String(violations.length - 1)} more` : '';
    throw new ProblemError(
      'invalid-request',
      `${type === 'query' ? 'query' : 'body'}: ${first ? `${first.path}: ${first.message}` : ''}${more}`,
      violations,
    );
  }
}
