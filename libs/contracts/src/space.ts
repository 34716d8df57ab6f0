import { z } from 'zod';
import {
  parameterNames,
  parameterNameSchema,
  parameterValueSchema,
  trainingConfigSchema,
  type ParameterName,
} from './training-config';

const distinct = (values: readonly unknown[]) => new Set(values).size === values.length;
const values = z.array(parameterValueSchema).min(1).max(10_000).refine(distinct, 'values must be distinct');

/** Values of another parameter that a parameter depends on. */
export const conditionSchema = z
  .partialRecord(parameterNameSchema, z.array(parameterValueSchema).min(1).max(1_000))
  .refine((when) => Object.keys(when).length > 0, 'name at least one parameter')
  .describe(
    'The parameter is searched only where each of these parameters has one of its values; elsewhere it takes its recipe or default.',
  )
  .meta({ id: 'Condition' });

export const categoricalDomainSchema = z
  .strictObject({ values, when: conditionSchema.optional() })
  .meta({ id: 'CategoricalDomain' });

export const rangeDomainSchema = z
  .strictObject({
    min: z.number(),
    max: z.number(),
    scale: z.enum(['linear', 'log']).default('linear'),
    step: z.number().positive().optional().describe('Only min, min+step, min+2*step … up to max.'),
    points: z
      .int()
      .min(2)
      .max(10_000)
      .optional()
      .describe('For grid search: this many points from min to max.'),
    when: conditionSchema.optional(),
  })
  .superRefine((range, ctx) => {
    if (range.max <= range.min)
      ctx.addIssue({
        code: 'custom',
        path: ['max'],
        message: `max ${range.max} must be greater than min ${range.min}`,
      });
    if (range.scale === 'log' && range.min <= 0)
      ctx.addIssue({
        code: 'custom',
        path: ['min'],
        message: `a log scale needs min > 0, given ${range.min}`,
      });
    if (range.scale === 'log' && range.step !== undefined)
      ctx.addIssue({ code: 'custom', path: ['step'], message: 'a log scale takes points, not a step' });
    if (range.step !== undefined && range.points !== undefined)
      ctx.addIssue({ code: 'custom', path: ['points'], message: 'give step or points, not both' });
  })
  .meta({ id: 'RangeDomain' });

export const constantDomainSchema = z
  .strictObject({ value: parameterValueSchema, when: conditionSchema.optional() })
  .meta({ id: 'ConstantDomain', description: 'One value, as part of the space.' });

/** A parameter's domain: a list of values (short form: a bare array), a numeric range, or one value. */
export const domainSchema = z
  .union([values, categoricalDomainSchema, rangeDomainSchema, constantDomainSchema])
  .meta({ id: 'Domain' });

export type CategoricalDomain = z.infer<typeof categoricalDomainSchema>;
export type RangeDomain = z.infer<typeof rangeDomainSchema>;
export type ConstantDomain = z.infer<typeof constantDomainSchema>;
export type Domain = z.infer<typeof domainSchema>;
export type Condition = z.infer<typeof conditionSchema>;

/** The condition of a domain, where it has one. */
export const conditionOf = (domain: Domain): Condition | undefined =>
  Array.isArray(domain) ? undefined : domain.when;

/** Relations between parameters that every configuration keeps. */
export const constraintsSchema = z
  .array(z.string().min(1).max(500))
  .max(20)
  .describe(
    'Each an expression over the training configuration that must be true, such as "depth * width <= 128" or ' +
      '"block != \'bottleneck\' || depth >= 29".',
  );

const domains = Object.fromEntries(parameterNames.map((name) => [name, domainSchema.optional()])) as Record<
  ParameterName,
  z.ZodOptional<typeof domainSchema>
>;

/** Search space: a domain for any field of the training configuration. Each value must be valid for its field. */
export const spaceSchema = z
  .strictObject(domains)
  .superRefine((space, ctx) => {
    for (const name of parameterNames) {
      const domain = space[name];
      if (domain !== undefined) checkDomain(name, domain, ctx);
    }
    if (Object.keys(space).length === 0)
      ctx.addIssue({ code: 'custom', message: 'the space is empty: give at least one parameter a domain' });
  })
  .meta({ id: 'Space' });

export type Space = z.infer<typeof spaceSchema>;

function checkDomain(name: ParameterName, domain: Domain, ctx: z.RefinementCtx): void {
  for (const [path, candidate] of candidates(domain)) {
    const result = trainingConfigSchema.shape[name].safeParse(candidate);
    for (const issue of result.error?.issues ?? [])
      ctx.addIssue({
        code: 'custom',
        path: [name, ...path],
        message: `${name} ${JSON.stringify(candidate)}: ${issue.message}`,
      });
  }
}

/** The values of a domain that stand for all of it (a range: its ends), each with its path inside the domain. */
function candidates(domain: Domain): [(string | number)[], unknown][] {
  if (Array.isArray(domain)) return domain.map((v, i) => [[i], v]);
  if ('values' in domain) return domain.values.map((v, i) => [['values', i], v]);
  if ('value' in domain) return [[['value'], domain.value]];
  return [
    [['min'], domain.min],
    [['max'], domain.max],
  ];
}
