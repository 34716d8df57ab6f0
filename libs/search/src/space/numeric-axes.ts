import {
  integerParameters,
  type ParameterName,
  type ParameterValue,
  type RangeDomain,
} from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import type { Axis } from './dimension';

export interface Range {
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  /** Distance of neighbours; undefined: continuous. Of an integer range at least 1. */
  readonly step: number | undefined;
}

/** The largest number below 1: draws never reach 1. */
const BELOW_ONE = 1 - 2 ** -53;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The index, of `size` cells of equal width on [0, 1], in which u lies. */
export const indexAt = (u: number, size: number): number => Math.floor(clamp(u, 0, BELOW_ONE) * size);

export const withoutRoundingDust = (value: number): number => Number(value.toPrecision(12));

/** The place in the range that u, 0 … 1, stands for. */
export function interpolate(
  { min, max, scale }: Pick<RangeDomain, 'min' | 'max' | 'scale'>,
  u: number,
): number {
  if (scale === 'linear') return min + (max - min) * u;
  return clamp(Math.exp(Math.log(min) + (Math.log(max) - Math.log(min)) * u), min, max);
}

export function stepAxis(name: ParameterName, { min, max }: RangeDomain, step: number): Axis {
  const isInteger = integerParameters.has(name);
  if (isInteger && !Number.isInteger(step))
    throw new SearchSpecError(
      ['space', name, 'step'],
      `${name} takes whole numbers: the step must be one, given ${step}`,
    );
  // Counted with a tolerance, so that 0.1 to 0.3 by 0.1 has three values whatever the binary fractions say.
  const size = Math.floor((max - min) / step + 1e-9) + 1;
  const at = (index: number) => withoutRoundingDust(min + index * step);
  return evenAxis(isInteger ? 'integer' : 'float', size, step, at);
}

export function integerAxis({ min, max, scale }: RangeDomain): Axis {
  const linear = evenAxis('integer', max - min + 1, 1, (index) => min + index);
  return scale === 'linear' ? linear : logIntegerAxis(linear, min, max);
}

function evenAxis(
  kind: 'integer' | 'float',
  size: number,
  step: number,
  at: (index: number) => number,
): Axis {
  const low = at(0);
  const indexOf = (value: ParameterValue) => {
    if (typeof value !== 'number') return -1;
    const index = Math.round((value - low) / step);
    return index >= 0 && index < size && at(index) === value ? index : -1;
  };
  const fromUnit = (u: number) => at(indexAt(u, size));
  return {
    kind,
    isOrdered: true,
    size,
    isUniform: true,
    range: { low, high: at(size - 1), log: false, step },
    at,
    indexOf,
    probability: () => 1 / size,
    draw: fromUnit,
    toUnit: (value) => (indexOf(value) + 0.5) / size,
    fromUnit,
    contains: (value) => indexOf(value) >= 0,
  };
}

/** Widened by half a unit on both sides, so that the ends are as likely as their neighbours. */
function logIntegerAxis(linear: Axis, low: number, high: number): Axis {
  const start = Math.log(low - 0.5);
  const width = Math.log(high + 0.5) - start;
  const fromUnit = (u: number) => clamp(Math.round(Math.exp(start + width * clamp(u, 0, 1))), low, high);
  const edge = (value: number) => (Math.log(value) - start) / width;
  return {
    ...linear,
    isUniform: false,
    range: { low, high, log: true, step: 1 },
    probability: (index) => edge(low + index + 0.5) - edge(low + index - 0.5),
    draw: fromUnit,
    toUnit: (value) => (edge(Number(value) - 0.5) + edge(Number(value) + 0.5)) / 2,
    fromUnit,
  };
}

export function continuousAxis(name: ParameterName, range: RangeDomain): Axis {
  const { min, max, scale } = range;
  const noIndex = (): never => {
    throw new RangeError(`${name} is continuous and has no index`);
  };
  const fromUnit = (u: number) => interpolate(range, clamp(u, 0, 1));
  const toUnit = (value: ParameterValue) =>
    scale === 'linear'
      ? (Number(value) - min) / (max - min)
      : Math.log(Number(value) / min) / Math.log(max / min);
  return {
    kind: 'float',
    isOrdered: true,
    size: Number.POSITIVE_INFINITY,
    isUniform: true,
    range: { low: min, high: max, log: scale === 'log', step: undefined },
    at: noIndex,
    indexOf: noIndex,
    probability: noIndex,
    draw: fromUnit,
    toUnit: (value) => clamp(toUnit(value), 0, 1),
    fromUnit,
    contains: (value) => typeof value === 'number' && value >= min && value <= max,
  };
}
