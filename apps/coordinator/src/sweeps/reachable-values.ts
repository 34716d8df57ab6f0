import {
  integerParameters,
  jsonPath,
  trainingConfigSchema,
  type ParameterName,
  type SweepSpec,
  type TrainingConfig,
  type Violation,
} from '@fathom/contracts';
import { projectionOf, type Configuration } from '@fathom/search';

export interface Fault {
  /** To what the fault is put down. */
  readonly field: ParameterName;
  readonly message: string;
}

/** A rule over a few parameters. */
export interface CombinationRule {
  readonly name: string;
  readonly parameters: readonly ParameterName[];
  /** What is wrong with a configuration, if anything. Of the parameters not named above it has no more than one value. */
  readonly faultOf: (config: TrainingConfig) => Fault | undefined;
  /** What is put down to a field stands here where neither space nor recipe has the field. */
  readonly elsewhere: readonly string[];
  /** A space with more combinations of the parameters is refused. */
  readonly maxCombinations: number;
  /** After so many violations no more are looked for. */
  readonly maxViolations: number;
}

/**
 * What is wrong with the combinations of the rule's parameters that trials of the sweep can have: those of their
 * domains, the recipe's or the defaults; of continuous ranges the ends. A combination that a condition or a constraint
 * excludes is no violation.
 */
export function brokenBy(rule: CombinationRule, spec: SweepSpec): Violation[] {
  const { name, parameters, faultOf, maxCombinations, maxViolations } = rule;
  const projection = projectionOf(spec, parameters);
  if (projection.size > maxCombinations) {
    const searched = parameters.filter((parameter) => spec.space[parameter] !== undefined).join(', ');
    const message = `${String(projection.size)} combinations of ${searched} are more than the ${String(maxCombinations)} that can be checked`;
    return [{ path: '$.space', rule: name, message }];
  }
  // Where the recipe has no depth the space has one, which then stands in the values of a rule that asks for it.
  const fixed = trainingConfigSchema.parse({ depth: 8, ...spec.recipe });
  const found = new Map<string, Violation>();
  for (let index = 0; index < projection.size && found.size < maxViolations; index++) {
    const values = projection.at(index);
    const fault = faultOf({ ...fixed, ...values } as TrainingConfig);
    if (fault === undefined) continue;
    const path = jsonPath(pathOf(spec, fault.field, values) ?? rule.elsewhere);
    const key = `${path} ${fault.message}`;
    if (found.has(key) || !projection.isReached(values)) continue;
    found.set(key, { path, rule: name, message: fault.message });
  }
  return [...found.values()];
}

/** Where in the sweep the value of a parameter stands; undefined: it is the default. */
function pathOf(
  spec: SweepSpec,
  name: ParameterName,
  values: Configuration,
): (string | number)[] | undefined {
  const domain = spec.space[name];
  const value = values[name];
  if (domain === undefined || value === undefined)
    return spec.recipe[name] === undefined ? undefined : ['recipe', name];
  if (Array.isArray(domain)) return ['space', name, domain.indexOf(value)];
  if ('values' in domain) return ['space', name, 'values', domain.values.indexOf(value)];
  if ('value' in domain) return ['space', name, 'value'];
  const isContinuous =
    domain.step === undefined && domain.points === undefined && !integerParameters.has(name);
  return isContinuous ? ['space', name, value === domain.min ? 'min' : 'max'] : ['space', name];
}
