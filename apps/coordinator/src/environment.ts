import { logLevelSchema } from '@fathom/runtime';
import { z } from 'zod';

/** The coordinator's environment. */
export const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535).default(8080).describe('Port of the API; 0: a free one.'),
  FATHOM_HOST: z
    .string()
    .default('127.0.0.1')
    .describe('Address to listen on. The API has no authentication: open it to a trusted network only.'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .describe('PostgreSQL, such as postgres://user:password@host:5432/fathom.'),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).describe('Redis, such as redis://host:6379.'),
  FATHOM_LOG_LEVEL: logLevelSchema.default('info').describe('Least severe level that is logged.'),
});
export type Environment = z.infer<typeof environmentSchema>;
