import { redisUrlMeaning, redisUrlSchema, redisVariables } from '@fathom/queue';
import { logLevelSchema, tracingVariables } from '@fathom/runtime';
import { databaseVariables } from '@fathom/store';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const onOrOff = z.enum(['on', 'off']).default('on');

const variables = z.object({
  PORT: port.default(8080).describe('Port of the API; 0: a free one.'),
  FATHOM_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. The API has no authentication: open it to a trusted network only.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// or postgresql:// URL' })
    .describe('PostgreSQL, such as postgres://user:password@host:5432/fathom.'),
  ...databaseVariables,
  REDIS_URL: redisUrlSchema.describe(redisUrlMeaning),
  ...redisVariables,
  FATHOM_METRICS: onOrOff.describe('Whether /metrics is served.'),
  FATHOM_METRICS_PORT: port
    .optional()
    .describe('Port that serves /metrics instead of that of the API; 0: a free one.'),
  FATHOM_BOARD: z
    .enum(['read-only', 'read-write', 'off'])
    .default('read-only')
    .describe(
      'Whether Bull Board, a page on the queues, is served at /queues, and whether jobs can be changed there.',
    ),
  FATHOM_BOARD_PORT: port
    .optional()
    .describe('Port that serves /queues instead of that of the API; 0: a free one.'),
  FATHOM_DOCS: onOrOff.describe(
    'Whether the description of the API is served, at /docs and as /openapi.json.',
  ),
  FATHOM_DOCS_PORT: port
    .optional()
    .describe('Port that serves /docs and /openapi.json instead of that of the API; 0: a free one.'),
  FATHOM_ADMIN_HOST: z
    .string()
    .optional()
    .describe('Address of FATHOM_METRICS_PORT, FATHOM_BOARD_PORT and FATHOM_DOCS_PORT.'),
  FATHOM_TRIAL_LOG_DAYS: z.coerce
    .number()
    .positive()
    .default(30)
    .describe('How long the logs of trials are kept.'),
  ...tracingVariables,
  FATHOM_LOG_LEVEL: logLevelSchema.default('info').describe('Least severe level that is logged.'),
});

/** Pages that can be switched off or served on a port of their own. */
const pages = ['FATHOM_METRICS', 'FATHOM_BOARD', 'FATHOM_DOCS'] as const;

/** The coordinator's environment. */
export const environmentSchema = pages.reduce(
  (schema, name) =>
    schema.refine((env) => env[name] !== 'off' || env[`${name}_PORT`] === undefined, {
      path: [`${name}_PORT`],
      message: `has no meaning while ${name} is off`,
      // Beside whatever else is wrong: all of it is told at once.
      when: () => true,
    }),
  variables,
);
export type Environment = z.infer<typeof environmentSchema>;
