import { ownVariables } from '@fathom/contracts';
import { redisUrlSchema, redisVariables } from '@fathom/queue';
import { EnvError, parseEnv, Secrets, type Env } from '@fathom/runtime';
import { z } from 'zod';
import { UsageError } from './exit-codes';

const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });

/** What the commands themselves read of the environment; the programs they start read theirs. */
const environmentSchema = z.object({
  FATHOM_URL: httpUrl.optional(),
  REDIS_URL: redisUrlSchema.optional(),
  ...redisVariables,
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// or postgresql:// URL' })
    .optional(),
});

/** @throws UsageError naming all variables that are wrong, or that nobody reads */
export function checkEnvironment(env: Env): void {
  try {
    parseEnv(environmentSchema, env, ownVariables);
  } catch (error) {
    throw error instanceof EnvError ? new UsageError(error.message, { cause: error }) : error;
  }
}

/** @throws UsageError */
export function checkApiUrl(url: string): void {
  if (!httpUrl.safeParse(url).success)
    throw new UsageError(
      '--url and FATHOM_URL: must be an http:// or https:// URL, as in http://127.0.0.1:8080',
    );
}

/** The text without the passwords of the environment's URLs. */
export const redacted = (text: string, env: Env): string => Secrets.of(environmentSchema, env).redact(text);
