import {
  integerParameters,
  type ParameterName,
  type ParameterValue,
  type RangeDomain,
} from '@fathom/contracts';
import type { Axis } from './dimension';
import { interpolate, indexAt, withoutRoundingDust } from './numeric-axes';

export function listAxis(values: readonly ParameterValue[]): Axis {
  const size = values.length;
  const indices = new Map(values.map((value, index) => [value, index]));
  const indexOf = (value: ParameterValue) => indices.get(value) ?? -1;
  const at = (index: number) => {
    const value = values[index];
    if (value === undefined)
      throw new RangeError(`there are only ${String(size)} values, given index ${String(index)}`);
    return value;
  };
  const fromUnit = (u: number) => at(indexAt(u, size));
  return {
    kind: 'categorical',
    isOrdered: values.every(
      (value, i) => typeof value === 'number' && (i === 0 || value > Number(values[i - 1])),
    ),
    size,
    isUniform: true,
    range: undefined,
    at,
    indexOf,
    probability: () => 1 / size,
    draw: fromUnit,
    toUnit: (value) => (indexOf(value) + 0.5) / size,
    fromUnit,
    contains: (value) => indices.has(value),
  };
}

/** Points evenly spaced from one end of the range to the other, on a log scale by equal factors. */
export function pointsOf(name: ParameterName, range: RangeDomain, points: number): number[] {
  const even = Array.from({ length: points }, (_, i) =>
    i === points - 1 ? range.max : interpolate(range, i / (points - 1)),
  );
  return integerParameters.has(name) ? [...new Set(even.map(Math.round))] : even.map(withoutRoundingDust);
}
