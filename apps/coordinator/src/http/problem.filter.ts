import { problem, type Problem } from '@fathom/contracts';
import { RedisUnavailableError } from '@fathom/queue';
import type { Logger } from '@fathom/runtime';
import { isStoreUnavailable } from '@fathom/store';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ProblemError } from './problem-error';

const RETRY_AFTER_SECONDS = 2;

/** The one place that turns an error into an answer: always an RFC 9457 body, never an inner detail. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const answer = problemOf(error, `${request.method} ${request.path}`);
    if (answer.code === 'internal') this.logger.error({ err: error, path: request.path }, 'unexpected error');
    if (response.headersSent) {
      // A stream that had begun: all that is left is to end it.
      response.destroy();
      return;
    }
    if (answer.code === 'dependency-unavailable') response.setHeader('Retry-After', RETRY_AFTER_SECONDS);
    response.status(answer.status).type('application/problem+json').send(JSON.stringify(answer));
  }
}

export function problemOf(error: unknown, route: string): Problem {
  if (error instanceof ProblemError) return error.problem;
  if (isStoreUnavailable(error))
    return problem('dependency-unavailable', 'PostgreSQL cannot be reached; try again');
  if (error instanceof RedisUnavailableError)
    return problem('dependency-unavailable', `${error.message}; try again`);
  if (error instanceof HttpException) return ofFramework(error, route);
  return problem('internal', 'an unexpected error; the log of the coordinator has the details');
}

/** What the framework itself refuses, before a handler is found or called. */
function ofFramework(error: HttpException, route: string): Problem {
  switch (error.getStatus()) {
    case 400:
      return problem('invalid-request', 'the request could not be read');
    case 404:
    case 405:
      return problem('not-found', `there is no ${route}`);
    case 503:
      return problem('dependency-unavailable', unavailableDetail(error.getResponse()));
    default:
      return problem('internal', 'an unexpected error; the log of the coordinator has the details');
  }
}

/** Names what a failed health check found down. */
function unavailableDetail(response: unknown): string {
  const found =
    typeof response === 'object' && response !== null && 'error' in response ? response.error : null;
  const names = typeof found === 'object' && found !== null ? Object.keys(found) : [];
  return names.length === 0 ? 'not ready' : `not ready: ${names.join(', ')}`;
}
