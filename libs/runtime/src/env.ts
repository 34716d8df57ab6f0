import type { z } from 'zod';

export interface EnvProblem {
  /** The variable's name. */
  readonly name: string;
  /** What is wrong and what is allowed, without the value: it may be a secret. */
  readonly rule: string;
}

/** One or more environment variables are missing or wrong; the message lists all of them. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  constructor(readonly problems: readonly EnvProblem[]) {
    const lines = problems.map((problem) => `  ${problem.name}: ${problem.rule}`);
    super(`the environment is not as required:\n${lines.join('\n')}`);
  }
}

/**
 * Reads the variables that `schema` names. A variable set to the empty string counts as absent.
 *
 * @param schema a zod object; values arrive as strings, so numbers and booleans need `z.coerce` or a codec
 * @throws EnvError
 */
export function parseEnv<S extends z.ZodObject>(
  schema: S,
  env: Readonly<Record<string, string | undefined>>,
): z.output<S> {
  const present = Object.fromEntries(
    Object.keys(schema.shape)
      .filter((name) => env[name] !== undefined && env[name] !== '')
      .map((name) => [name, env[name]]),
  );
  const result = schema.safeParse(present);
  if (result.success) return result.data;
  throw new EnvError(
    result.error.issues.map((issue) => {
      const name = String(issue.path[0] ?? 'environment');
      return { name, rule: name in present || issue.path.length === 0 ? issue.message : 'is missing' };
    }),
  );
}
