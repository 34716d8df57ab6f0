/** Values that a span may carry; a missing one is left out. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

export interface SpanStart {
  /** `traceparent` (W3C Trace Context) of the span that this is a part of. Absent: it begins a trace. */
  readonly parent?: string | undefined;
  /** server: an answer to somebody; producer and consumer: the two ends of a queue. Default internal. */
  readonly kind?: 'internal' | 'server' | 'producer' | 'consumer';
  /** Milliseconds since 1970. Default: now. */
  readonly startMs?: number;
  readonly attributes?: SpanAttributes;
}

export interface SpanEnd {
  /** What went wrong, if something did. */
  readonly error?: unknown;
  /** Milliseconds since 1970. Default: now. */
  readonly endMs?: number;
}

/** Some work with a beginning and an end, as it is shown in a trace. */
export interface Span {
  /** For the spans that are a part of this one, in whatever process. */
  readonly traceparent: string | undefined;
  rename(name: string): void;
  set(attributes: SpanAttributes): void;
  end(end?: SpanEnd): void;
}

export interface Tracer {
  /** False: nobody looks, and spans are nothing. */
  readonly isOn: boolean;
  start(name: string, start?: SpanStart): Span;
  /** Sends what is there, at most for some seconds. */
  close(): Promise<void>;
}

/** The span of a process that is not traced. */
export const noSpan: Span = {
  traceparent: undefined,
  rename: () => undefined,
  set: () => undefined,
  end: () => undefined,
};

/** Of a process that is not traced. */
export const noTracer: Tracer = { isOn: false, start: () => noSpan, close: () => Promise.resolve() };
