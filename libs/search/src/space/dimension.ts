import {
  integerParameters,
  type Domain,
  type ParameterName,
  type ParameterValue,
  type RangeDomain,
} from '@fathom/contracts';

/** One axis of the search space. A discrete axis has `size` values, `at(0)` to `at(size - 1)`. */
export interface Dimension {
  readonly name: ParameterName;
  /** Number of distinct values; Infinity for a continuous axis. */
  readonly size: number;
  /** The value at an index, 0 <= index < size; only for a finite size. */
  at(index: number): ParameterValue;
  /** Whether a random draw takes every index with the same probability (a log scale over integers does not). */
  readonly isUniform: boolean;
  /** The value for a uniform draw 0 <= u < 1. */
  draw(u: number): ParameterValue;
}

export function dimensionOf(name: ParameterName, domain: Domain): Dimension {
  if (Array.isArray(domain)) return listDimension(name, domain);
  if ('values' in domain) return listDimension(name, domain.values);
  if ('value' in domain) return listDimension(name, [domain.value]);
  if (domain.points !== undefined) return listDimension(name, pointsOf(name, domain, domain.points));
  if (domain.step !== undefined) return stepDimension(name, domain, domain.step);
  if (integerParameters.has(name)) return integerDimension(name, domain);
  return continuousDimension(name, domain);
}

function listDimension(name: ParameterName, values: readonly unknown[]): Dimension {
  // The spec's schema has checked every value against its parameter.
  const at = (index: number) => values[index] as ParameterValue;
  return { name, size: values.length, at, isUniform: true, draw: (u) => at(Math.floor(u * values.length)) };
}

function pointsOf(name: ParameterName, range: RangeDomain, points: number): number[] {
  const even = Array.from({ length: points }, (_, i) => {
    const u = i / (points - 1);
    return i === points - 1 ? range.max : interpolate(range, u);
  });
  return integerParameters.has(name) ? [...new Set(even.map(Math.round))] : even.map(withoutRoundingDust);
}

function stepDimension(name: ParameterName, range: RangeDomain, step: number): Dimension {
  // Counted with a tolerance, so that 0.1 to 0.3 by 0.1 has three values whatever the binary fractions say.
  const size = Math.floor((range.max - range.min) / step + 1e-9) + 1;
  const at = (index: number) => withoutRoundingDust(range.min + index * step);
  return { name, size, at, isUniform: true, draw: (u) => at(Math.floor(u * size)) };
}

function integerDimension(name: ParameterName, range: RangeDomain): Dimension {
  const low = Math.ceil(range.min);
  const high = Math.floor(range.max);
  const size = high - low + 1;
  const at = (index: number) => low + index;
  if (range.scale === 'linear')
    return { name, size, at, isUniform: true, draw: (u) => at(Math.floor(u * size)) };
  // Widened by half a unit on both sides, so that the ends are as likely as their neighbours.
  const widened = { ...range, min: low - 0.5, max: high + 0.5 };
  const draw = (u: number) => Math.min(high, Math.max(low, Math.round(interpolate(widened, u))));
  return { name, size, at, isUniform: false, draw };
}

function continuousDimension(name: ParameterName, range: RangeDomain): Dimension {
  const at = (): never => {
    throw new RangeError(`${name} is continuous and has no index`);
  };
  return { name, size: Number.POSITIVE_INFINITY, at, isUniform: true, draw: (u) => interpolate(range, u) };
}

function interpolate({ min, max, scale }: RangeDomain, u: number): number {
  if (scale === 'linear') return min + (max - min) * u;
  const value = Math.exp(Math.log(min) + (Math.log(max) - Math.log(min)) * u);
  return Math.min(max, Math.max(min, value));
}

const withoutRoundingDust = (value: number): number => Number(value.toPrecision(12));
