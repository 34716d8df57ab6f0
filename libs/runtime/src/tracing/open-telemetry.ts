import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Context } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { TracerOptions } from './start-tracer';
import type { Span, SpanAttributes, SpanStart, Tracer } from './tracer';

const CLOSE_MS = 3_000;
const COMPLAIN_MS = 60_000;
const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Loaded only where traces are wanted. Its library is told nothing of the rest of the process. */
export function openTelemetryTracer({ service, instance, settings, secrets, logger }: TracerOptions): Tracer {
  const isJson = settings.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json';
  const exporter = isJson ? new JsonExporter() : new ProtobufExporter();
  const provider = new BasicTracerProvider({
    // What the environment says of the resource comes last, and wins.
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new BatchSpanProcessor(complaining(exporter, logger))],
  });
  const tracer = provider.getTracer('fathom');
  const redacted = (attributes: SpanAttributes) =>
    Object.fromEntries(
      Object.entries(attributes).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, typeof value === 'string' ? secrets.redact(value) : value]],
      ),
    );

  function start(
    name: string,
    { parent, kind = 'internal', startMs, attributes = {} }: SpanStart = {},
  ): Span {
    const span = tracer.startSpan(
      name,
      {
        kind: KINDS[kind],
        attributes: redacted(attributes),
        ...(startMs === undefined ? {} : { startTime: startMs }),
      },
      contextOf(parent),
    );
    const { traceId, spanId, traceFlags } = span.spanContext();
    return {
      traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
      rename: (next) => void span.updateName(next),
      set: (more) => void span.setAttributes(redacted(more)),
      end: ({ error, endMs } = {}) => {
        if (error !== undefined)
          span.setStatus({ code: SpanStatusCode.ERROR, message: secrets.redact(messageOf(error)) });
        span.end(endMs);
      },
    };
  }
  const close = async () => {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_MS)));
    await Promise.race([provider.shutdown(), late]);
    clearTimeout(timer);
  };
  return { isOn: true, start, close };
}

const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;

/** Whoever sent something else begins a trace of his own. */
function contextOf(parent: string | undefined): Context {
  const [, traceId, spanId, flags] = TRACEPARENT.exec(parent ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    ...{ traceId, spanId },
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
  });
}

/** Traces that cannot be sent are lost; somebody should hear of it, but not each time. */
function complaining(exporter: SpanExporter, logger: Logger): SpanExporter {
  let saidAt = -Infinity;
  return {
    export: (spans: ReadableSpan[], done) => {
      exporter.export(spans, (result) => {
        if (result.error !== undefined && performance.now() - saidAt > COMPLAIN_MS) {
          saidAt = performance.now();
          logger.warn({ err: result.error, spans: spans.length }, 'traces could not be sent and are lost');
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
