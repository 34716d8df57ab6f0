import type { Logger } from 'pino';
import type { Secrets } from '../secrets';
import { isTracingOn, type TracingSettings } from './settings';
import type * as OpenTelemetry from './open-telemetry';
import { noTracer, type Tracer } from './tracer';

export interface TracerOptions {
  /** Name of the program, unless OTEL_SERVICE_NAME says otherwise. */
  readonly service: string;
  /** Name of this process among those of the program. */
  readonly instance: string;
  readonly settings: TracingSettings;
  readonly secrets: Secrets;
  readonly logger: Logger;
}

/** A tracer that sends its spans where the environment says; where it says nothing, nothing is loaded. */
export function startTracer(options: TracerOptions): Tracer {
  if (!isTracingOn(options.settings)) return noTracer;
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- a library of this size is loaded for those only who want it
  const { openTelemetryTracer } = require('./open-telemetry') as typeof OpenTelemetry;
  return openTelemetryTracer(options);
}
