import {
  conditionOf,
  integerParameters,
  type Condition,
  type Domain,
  type ParameterName,
  type ParameterValue,
} from '@fathom/contracts';
import { listAxis, pointsOf } from './list-axis';
import { continuousAxis, integerAxis, stepAxis, type Range } from './numeric-axes';

/** The values of one parameter: how many, in what order, and how they lie on the unit interval. */
export interface Axis {
  /** `categorical`: a list (evenly spaced points included) or a constant; the others are numeric ranges. */
  readonly kind: 'categorical' | 'integer' | 'float';
  /** Neighbours mean something: a numeric range, or a list of numbers in ascending order. */
  readonly isOrdered: boolean;
  /** Distinct values; Infinity where continuous. */
  readonly size: number;
  /** A draw takes every index with the same probability (a log scale over integers does not). */
  readonly isUniform: boolean;
  /** Of numeric ranges. */
  readonly range: Range | undefined;
  /** The value at an index, 0 <= index < size. @throws RangeError where continuous */
  readonly at: (index: number) => ParameterValue;
  /** Inverse of `at`; -1 for a value that the parameter never takes. @throws RangeError where continuous */
  readonly indexOf: (value: ParameterValue) => number;
  /** Probability that a draw takes the value at the index. @throws RangeError where continuous */
  readonly probability: (index: number) => number;
  /** The value for a uniform draw 0 <= u < 1: the prior, log-uniform on a log scale. */
  readonly draw: (u: number) => ParameterValue;
  /** A place in [0, 1] that `fromUnit` takes back to the value; of a discrete value the middle of its cell. */
  readonly toUnit: (value: ParameterValue) => number;
  /** As `draw`, but takes any number, those outside [0, 1] as its ends. */
  readonly fromUnit: (u: number) => ParameterValue;
  readonly contains: (value: ParameterValue) => boolean;
}

/** One axis of the search space. */
export interface Dimension extends Axis {
  readonly name: ParameterName;
  /** Absent: always active. */
  readonly when: Condition | undefined;
}

/** @throws SearchSpecError for a step that leaves the whole numbers of an integer parameter */
export function dimensionOf(name: ParameterName, domain: Domain): Dimension {
  return { name, when: conditionOf(domain), ...axisOf(name, domain) };
}

function axisOf(name: ParameterName, domain: Domain): Axis {
  if (Array.isArray(domain)) return listAxis(domain);
  if ('values' in domain) return listAxis(domain.values);
  if ('value' in domain) return listAxis([domain.value]);
  if (domain.points !== undefined) return listAxis(pointsOf(name, domain, domain.points));
  if (domain.step !== undefined) return stepAxis(name, domain, domain.step);
  return integerParameters.has(name) ? integerAxis(domain) : continuousAxis(name, domain);
}
