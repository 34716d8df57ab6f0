import { z } from 'zod';
import { parseRedisUrl, RedisUrlError } from './redis-address';

/** REDIS_URL of whichever program. */
export const redisUrlSchema = z.string().superRefine((url, context) => {
  try {
    parseRedisUrl(url);
  } catch (error) {
    const message = error instanceof RedisUrlError ? error.message : 'cannot be read as a Redis URL';
    context.addIssue({ code: 'custom', message });
  }
});

/** What REDIS_URL means; the same for all programs. */
export const redisUrlMeaning =
  'Redis, such as `redis://host:6379`; `redis+sentinel://host,host,host/master` behind Sentinels, `redis+cluster://host,host,host` of a cluster; `rediss…` for TLS.';

/** The other variables of a connection to Redis. */
export const redisVariables = {
  FATHOM_REDIS_CA: z
    .string()
    .optional()
    .describe('PEM file of the authority that signed the certificate of Redis. Default: those Node knows.'),
  FATHOM_REDIS_CERT: z.string().optional().describe('PEM file of our certificate, where Redis asks for one.'),
  FATHOM_REDIS_KEY: z.string().optional().describe('PEM file of its key.'),
  FATHOM_REDIS_SENTINEL_USERNAME: z
    .string()
    .optional()
    .describe('User of the Sentinels themselves, where they have one.'),
  FATHOM_REDIS_SENTINEL_PASSWORD: z
    .string()
    .optional()
    .meta({ secret: true, description: 'Password of the Sentinels themselves, where they have one.' }),
};

type RedisEnvironment = {
  readonly REDIS_URL: string;
} & { readonly [Name in keyof typeof redisVariables]?: string | undefined };

/**
 * All that there is to know for a connection, as one URL.
 *
 * @throws RedisUrlError where a file cannot be read, or certificates are named for a connection without TLS
 */
export function redisUrlOf(env: RedisEnvironment): string {
  const [base = '', query = ''] = env.REDIS_URL.split('?');
  const parameters = new URLSearchParams(query);
  const add = (name: string, value: string | undefined) => {
    if (value !== undefined && value !== '') parameters.set(name, value);
  };
  for (const part of ['ca', 'cert', 'key'] as const) {
    const name = `FATHOM_REDIS_${part.toUpperCase() as Uppercase<typeof part>}` as const;
    // Whoever names one means TLS; without it passwords would be sent in the clear.
    if (env[name] !== undefined && !base.startsWith('rediss'))
      throw new RedisUrlError(`${name} is for TLS, and REDIS_URL says none: it must start with rediss`);
    add(part, env[name]);
  }
  if (/^rediss?\+sentinel:/.test(base)) {
    add('sentinelUsername', env.FATHOM_REDIS_SENTINEL_USERNAME);
    add('sentinelPassword', env.FATHOM_REDIS_SENTINEL_PASSWORD);
  }
  const url = parameters.size === 0 ? base : `${base}?${parameters.toString()}`;
  parseRedisUrl(url);
  return url;
}
