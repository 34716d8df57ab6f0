import { parameterNames, trainingConfigSchema, type ParameterName } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import type { Configuration } from './configuration';
import type { Dimension } from './dimension';
import { parseExpression, type Vocabulary } from './expression';
import { ExpressionError, kindOf, type Expression, type Value } from './expression-parts';
import type { SpaceSpec } from './search-space';

/** A relation between parameters that every configuration keeps. */
export interface Constraint {
  /** Position in the spec. */
  readonly index: number;
  /** The last of the dimensions that it depends on, counted from 0; -1: it depends on none. */
  readonly last: number;
  /** All parameters that it names. */
  readonly names: ReadonlySet<string>;
  readonly holds: (values: Configuration) => boolean;
}

/**
 * The constraints of a spec over the complete configuration: what is searched over what the recipe fixes over the
 * defaults.
 *
 * @throws SearchSpecError for one that cannot be read or does not say true or false
 */
export function constraintsOf(
  { recipe, constraints = [] }: SpaceSpec,
  dimensions: readonly Dimension[],
): Constraint[] {
  // Where depth stands in the space alone every configuration has one; the number here only tells that it is one.
  const fixed = trainingConfigSchema.parse({ depth: 8, ...recipe }) as Readonly<Record<string, Value>>;
  return constraints.map((text, index) => {
    const { evaluate, names } = parse(text, index, fixed);
    return {
      index,
      names,
      last: dimensions.findLastIndex(({ name }) => names.has(name)),
      holds: (values) => {
        const given = values as Readonly<Record<string, Value | undefined>>;
        return evaluate((name) => given[name] ?? fixed[name] ?? NaN) === true;
      },
    };
  });
}

function parse(text: string, index: number, fixed: Readonly<Record<string, Value>>): Expression {
  try {
    const expression = parseExpression(text, vocabularyOf(fixed));
    if (expression.kind !== 'boolean')
      throw new ExpressionError(`it is a ${expression.kind}, not true or false: compare it with something`);
    return expression;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new SearchSpecError(['constraints', index], `${JSON.stringify(text)}: ${error.message}`);
  }
}

const vocabularyOf = (fixed: Readonly<Record<string, Value>>): Vocabulary => ({
  kindOf: (name) => {
    const value = Object.hasOwn(fixed, name) ? fixed[name] : undefined;
    if (value === undefined)
      throw new ExpressionError(`there is no parameter ${name}; there are ${parameterNames.join(', ')}`);
    return kindOf(value);
  },
  // A text that its parameter never has is a slip of the pen, not a rule.
  checkText: (name, text) => {
    const result = trainingConfigSchema.shape[name as ParameterName].safeParse(text);
    const [issue] = result.error?.issues ?? [];
    if (issue) throw new ExpressionError(`${name} is never ${JSON.stringify(text)}: ${issue.message}`);
  },
});
