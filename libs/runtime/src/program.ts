import type { z } from 'zod';
import { parseEnv, EnvError, type Env, type OwnNames } from './env';
import { exitCodes } from './shutdown';
import { Secrets } from './secrets';

/**
 * Runs a program whose settings are in the environment: reads them once, and ends the process with 1 and a message, free
 * of secrets, where they are not as required or the program cannot start.
 */
export function runProgram<S extends z.ZodObject>(
  schema: S,
  env: Env,
  own: OwnNames,
  main: (settings: z.output<S>, secrets: Secrets) => Promise<void>,
): void {
  const secrets = Secrets.of(schema, env);
  const run = async () => main(parseEnv(schema, env, own), secrets);
  run().catch((error: unknown) => {
    const isPlain = error instanceof EnvError || !(error instanceof Error);
    const text = isPlain ? String(error) : (error.stack ?? error.message);
    process.stderr.write(`${secrets.redact(text)}\n`);
    process.exit(exitCodes.failure);
  });
}
