import { AsyncLocalStorage } from 'node:async_hooks';
import type { Span, SpanStart, Tracer } from './tracer';

const active = new AsyncLocalStorage<string | undefined>();

/** `traceparent` of the span that the present work is a part of; undefined: it is not traced. */
export const activeTraceparent = (): string | undefined => active.getStore();

/** Runs `work`, and what it begins, as a part of the span. */
export const within = <T>(span: Span, work: () => T): T =>
  span.traceparent === undefined ? work() : active.run(span.traceparent, work);

/** Runs `work` in a span of its own, which has failed where it does. */
export async function inSpan<T>(
  tracer: Tracer,
  name: string,
  start: SpanStart,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = tracer.start(name, start);
  try {
    const result = await within(span, () => work(span));
    span.end();
    return result;
  } catch (error) {
    span.end({ error });
    throw error;
  }
}
