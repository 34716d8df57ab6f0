import type { z } from 'zod';
import { nearestName } from './nearest-name';

export interface EnvProblem {
  /** The variable's name. */
  readonly name: string;
  /** What is wrong and what is allowed, without the value: it may be a secret. */
  readonly rule: string;
}

/** One or more environment variables are missing, wrong or unknown; the message lists all of them. */
export class EnvError extends Error {
  override readonly name = 'EnvError';
  constructor(readonly problems: readonly EnvProblem[]) {
    const lines = problems.map((problem) => `  ${problem.name}: ${problem.rule}`);
    super(`the environment is not as required:\n${lines.join('\n')}`);
  }
}

/** Names that belong to us, so that one which nobody reads is a mistake. */
export interface OwnNames {
  /** All names that begin so are ours. */
  readonly prefix: string;
  /** Those that are read by some program, if not by this one. */
  readonly known: readonly string[];
}

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads the variables that `schema` names. A variable of nothing but spaces counts as absent.
 *
 * @param schema a zod object; values arrive as strings, so numbers and booleans need `z.coerce` or a codec. Rules over
 *   several variables name one of them in their `path`
 * @param own absent: unknown names are nobody's business
 * @throws EnvError
 */
export function parseEnv<S extends z.ZodObject>(schema: S, env: Env, own?: OwnNames): z.output<S> {
  const names = Object.keys(schema.shape);
  const present = Object.fromEntries(
    names.filter((name) => isSet(env[name])).map((name) => [name, env[name]?.trim()]),
  );
  const result = schema.safeParse(present);
  const wrong = result.success ? [] : result.error.issues.map((issue) => problemOf(issue, present));
  const problems = [...wrong, ...(own === undefined ? [] : unknownNames(env, own, names))];
  if (!result.success || problems.length > 0) throw new EnvError(problems);
  return result.data;
}

const isSet = (value: string | undefined): value is string => value !== undefined && value.trim() !== '';

function problemOf(issue: z.core.$ZodIssue, present: object): EnvProblem {
  const name = String(issue.path[0] ?? 'environment');
  const isMissing = issue.code === 'invalid_type' && issue.path.length > 0 && !(name in present);
  if (isMissing) return { name, rule: 'is missing' };
  // "expected number, received NaN" is what became of a text.
  if (issue.code === 'invalid_type' && issue.expected === 'number') return { name, rule: 'must be a number' };
  return { name, rule: issue.message };
}

function unknownNames(env: Env, { prefix, known }: OwnNames, read: readonly string[]): EnvProblem[] {
  const all = [...new Set([...read, ...known])];
  return Object.keys(env)
    .filter((name) => name.startsWith(prefix) && isSet(env[name]) && !all.includes(name))
    .filter((name) => !isServiceLink(name, env))
    .sort()
    .map((name) => {
      const meant = nearestName(name, all);
      return { name, rule: `is unknown${meant === undefined ? '' : `; is ${meant} meant?`}` };
    });
}

/** Kubernetes tells each container of the services beside it, under names that begin as theirs do. */
function isServiceLink(name: string, env: Env): boolean {
  return Object.keys(env).some((other) => {
    const service = /^(.*)_SERVICE_HOST$/.exec(other)?.[1];
    return (
      service !== undefined && (name.startsWith(`${service}_SERVICE_`) || name.startsWith(`${service}_PORT`))
    );
  });
}
