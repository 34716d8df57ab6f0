import { parameterNames, trainingConfigSchema, violationsOf, type TrainingConfig } from '@fathom/contracts';
import { Option } from 'commander';
import { z } from 'zod';
import { UsageError } from '../exit-codes';

/** Short names for what is typed most. */
const synonyms = { lr: 'learningRate', batch: 'batchSize' } as const;

const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** One command line option for every field of the training configuration, as its schema describes it. */
export function configOptions(): Option[] {
  const derived = parameterNames.map((name) => {
    const field = trainingConfigSchema.shape[name];
    const isOptional = field instanceof z.ZodDefault;
    const inner = isOptional ? field.unwrap() : field;
    const flag = inner instanceof z.ZodBoolean ? `--${kebab(name)}` : `--${kebab(name)} <value>`;
    const fallback = isOptional ? ` (default: ${String(field.parse(undefined))})` : '';
    const option = new Option(flag, `${field.description ?? describe(field)}${fallback}`);
    if (inner instanceof z.ZodEnum) option.choices(inner.options.map(String));
    if (!isOptional) option.makeOptionMandatory();
    return option;
  });
  const short = Object.entries(synonyms).map(
    ([name, field]) => new Option(`--${name} <value>`, `the same as --${kebab(field)}`),
  );
  return [...derived, ...short];
}

const describe = (field: z.ZodType): string =>
  field instanceof z.ZodDefault ? ((field.unwrap() as z.ZodType).description ?? '') : '';

/**
 * The configuration that parsed options say.
 *
 * @throws UsageError that names each wrong option, what was given and what is allowed
 */
export function configOf(options: Readonly<Record<string, unknown>>): TrainingConfig {
  const input: Record<string, unknown> = {};
  for (const name of [...parameterNames, ...Object.keys(synonyms)]) {
    const given = options[name];
    if (given !== undefined) input[isSynonym(name) ? synonyms[name] : name] = valueOf(given);
  }
  const parsed = trainingConfigSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  const violations = violationsOf(parsed.error, input).map(
    ({ path, message }) => `--${kebab(path.replace('$.', ''))}: ${message}`,
  );
  throw new UsageError(violations.join('\n'));
}

const isSynonym = (name: string): name is keyof typeof synonyms => name in synonyms;

/** What is written like a number is one; the schema judges whether it may be. */
function valueOf(given: unknown): unknown {
  return typeof given === 'string' && given.trim() !== '' && !Number.isNaN(Number(given))
    ? Number(given)
    : given;
}
