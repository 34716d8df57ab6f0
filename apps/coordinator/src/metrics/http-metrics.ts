import type { RequestHandler } from 'express';
import type { CoordinatorMetrics } from './coordinator-metrics';

/** Observes every answer under the pattern of its route, never under the path itself, which has no end of values. */
export function httpMetrics(metrics: CoordinatorMetrics): RequestHandler {
  return (request, response, next) => {
    const start = performance.now();
    response.once('close', () => {
      // A stream lasts as long as its client likes.
      if (response.getHeader('x-accel-buffering') === 'no') return;
      const route: unknown = (request.route as { path?: unknown } | undefined)?.path;
      const seconds = (performance.now() - start) / 1000;
      const name = typeof route === 'string' ? route : 'unmatched';
      metrics.requestAnswered(request.method, name, response.statusCode, seconds);
    });
    next();
  };
}
