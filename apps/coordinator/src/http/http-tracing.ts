import { within, type Tracer } from '@fathom/runtime';
import type { RequestHandler } from 'express';

/** A span for every request to the API, as a part of the trace of who asks where he has one. */
export function httpTracing(tracer: Tracer): RequestHandler {
  return (request, response, next) => {
    const span = tracer.start(request.method, {
      parent: request.header('traceparent'),
      kind: 'server',
      attributes: { 'http.request.method': request.method, 'url.path': request.baseUrl + request.path },
    });
    response.once('close', () => {
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      if (typeof route === 'string') {
        span.rename(`${request.method} ${route}`);
        span.set({ 'http.route': route });
      }
      const { statusCode } = response;
      span.set({ 'http.response.status_code': statusCode });
      span.end(statusCode >= 500 ? { error: `answered ${String(statusCode)}` } : {});
    });
    within(span, next);
  };
}
