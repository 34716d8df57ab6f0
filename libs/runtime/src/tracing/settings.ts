import { z } from 'zod';
import { secret } from '../secrets';

const url = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
const protocol = z.enum(['http/protobuf', 'http/json']);
const headers = z.string().optional();

/**
 * OpenTelemetry's own variables, as far as Fathom names them; its library reads these and the others (`OTEL_TRACES_SAMPLER`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_…`) by itself.
 */
export const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe('Where traces go: base of an OTLP receiver, such as http://collector:4318. Default: nowhere.'),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional().describe('The same, as the whole address for traces.'),
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol.default('http/protobuf').describe('How traces are written.'),
  OTEL_EXPORTER_OTLP_HEADERS: headers.meta({
    ...secret,
    description: 'Sent along with traces, as `name=value,…`.',
  }),
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: headers.meta({ ...secret, description: 'The same.' }),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false').describe('`true`: no traces at all.'),
};

export type TracingSettings = z.output<z.ZodObject<typeof tracingVariables>>;

export const isTracingOn = (settings: TracingSettings): boolean =>
  settings.OTEL_SDK_DISABLED === 'false' &&
  (settings.OTEL_EXPORTER_OTLP_ENDPOINT ?? settings.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT) !== undefined;
