import type { ParameterName, ParameterValue, SweepSpec, TrainingConfig } from '@fathom/contracts';
import { firstWhere } from '../first-where';
import { Random } from '../random';
import { SearchSpecError } from '../search-spec-error';
import { allowedIndices, MAX_LISTED } from './allowed';
import { conditionsOf, orderedDimensions } from './conditions';
import type { Configuration } from './configuration';
import { constraintsOf, type Constraint } from './constraints';
import type { Dimension } from './dimension';
import { FreeSpace } from './free-space';

export type { Configuration } from './configuration';

export type SpaceSpec = Pick<SweepSpec, 'space' | 'recipe'> & Partial<Pick<SweepSpec, 'constraints'>>;

/** Beyond it indices would not be exact. */
const MAX_INDEXED = 2 ** 52;
/** Of so many draws from a space that cannot be listed at least so many must meet the constraints. */
const TEST_DRAWS = 20_000;
const MIN_MET = 20;
/** After that test a draw that fails so often has a chance of less than 1e-20. */
const MAX_REDRAWS = 100_000;

/** What a sweep searches: dimensions, the conditions among them and the constraints over the whole configuration. */
export class SearchSpace {
  /** Parents before what depends on them; the order does not depend on how the spec was written. */
  readonly dimensions: readonly Dimension[];
  /**
   * Distinct configurations under conditions and constraints. Infinity where a dimension is continuous, and where
   * there are constraints on more than {@link MAX_LISTED} combinations, which are not counted.
   */
  readonly size: number;
  /** Whether every configuration has an index. */
  readonly isCountable: boolean;
  readonly isConditional: boolean;
  /** Whether a draw takes every configuration with the same probability. */
  readonly isUniform: boolean;
  /** As `size`, but where there are too many to count an estimate from draws; Infinity where continuous. */
  readonly likelySize: number;
  private readonly free: FreeSpace;
  private readonly parents: readonly ReturnType<typeof conditionsOf>[];
  private readonly constraints: readonly Constraint[];
  /** Indices into the free space, ascending; undefined: all of it, or too many to list. */
  private readonly allowed: Uint32Array | undefined;

  /** @throws SearchSpecError for conditions that can never hold and constraints that leave (almost) nothing */
  constructor(spec: SpaceSpec) {
    this.dimensions = orderedDimensions(spec);
    this.parents = this.dimensions.map(conditionsOf);
    this.free = new FreeSpace(this.dimensions);
    this.isConditional = this.free.isConditional;
    this.constraints = constraintsOf(spec, this.dimensions);
    const isConstrained = this.constraints.length > 0;
    if (isConstrained && this.free.size <= MAX_LISTED)
      this.allowed = allowedIndices(this.free, this.constraints);
    const share = isConstrained && this.allowed === undefined ? this.allowedShare() : 1;
    this.size = this.allowed?.length ?? (isConstrained ? Infinity : this.free.size);
    this.likelySize = this.allowed?.length ?? Math.floor(share * this.free.size);
    this.isCountable = this.size <= MAX_INDEXED;
    this.isUniform = !this.isConditional && this.dimensions.every(({ isUniform }) => isUniform);
  }

  /** The dimensions that are active given the values of their parents. */
  active(values: Configuration): readonly Dimension[] {
    if (!this.isConditional) return this.dimensions;
    const seen: Partial<Record<ParameterName, ParameterValue>> = {};
    return this.dimensions.filter(({ name }, i) => {
      const isActive = this.isActive(i, seen);
      if (isActive && values[name] !== undefined) seen[name] = values[name];
      return isActive;
    });
  }

  /** One draw from the prior under conditions and constraints; `uniform` gives the next random number, 0 <= u < 1. */
  draw(uniform: () => number): Configuration {
    for (let i = 0; i < MAX_REDRAWS; i++) {
      const values = this.assign((dimension) => dimension.draw(uniform()));
      if (this.keeps(values)) return values;
      // What a finite space allows is known: no need to go on for long.
      if (this.allowed !== undefined && i > 1_000) return this.at(Math.floor(uniform() * this.size));
    }
    throw new Error(`none of ${String(MAX_REDRAWS)} draws met the constraints`);
  }

  /** The configuration at an index in grid order, 0 <= index < size; of countable spaces. */
  at(index: number): Configuration {
    if (!this.isCountable || !(index >= 0 && index < this.size))
      throw new RangeError(`the space of ${String(this.size)} configurations has no index ${String(index)}`);
    return this.free.at(this.allowed?.[index] ?? index);
  }

  /** Inverse of `at`. @param values that the space allows */
  indexOf(values: Configuration): number {
    const index = this.free.indexOf(values);
    return this.allowed === undefined ? index : positionOf(this.allowed, index);
  }

  /** Of a draw, constraints left aside; of countable spaces. */
  probability(index: number): number {
    const values = this.at(index);
    return this.active(values).reduce((product, { name, indexOf, probability }) => {
      const value = values[name];
      return value === undefined ? product : product * probability(indexOf(value));
    }, 1);
  }

  /** Exactly the active dimensions have a value, each inside its domain, and every constraint holds. */
  allows(values: Configuration): boolean {
    const active = this.active(values);
    return (
      Object.keys(values).length === active.length &&
      active.every(({ name, contains }) => values[name] !== undefined && contains(values[name])) &&
      this.keeps(values)
    );
  }

  /**
   * Whether a configuration has these values.
   *
   * @param known the parameters that are decided: those with a value, and those without one, which are inactive
   * @param draws of the other parameters, after which constraints that depend on them are taken to exclude the values
   */
  reaches(values: Configuration, known: ReadonlySet<ParameterName>, draws: number): boolean {
    const open = this.dimensions.filter(({ name }) => !known.has(name));
    const isMixed = ({ names }: Constraint) => open.some(({ name }) => names.has(name));
    if (this.constraints.some((constraint) => !isMixed(constraint) && !constraint.holds(values)))
      return false;
    const mixed = this.constraints.filter(isMixed);
    if (mixed.length === 0) return true;
    const { uniform } = Random.seeded(0);
    for (let i = 0; i < draws; i++) {
      const drawn = this.assign(({ name, draw }) => values[name] ?? draw(uniform()));
      if (mixed.every(({ holds }) => holds(drawn))) return true;
    }
    return false;
  }

  /** What the space decides of a configuration with a value for each of its parameters, those that are inactive too. */
  activeValues(config: Configuration): Configuration {
    return this.assign(({ name }) => config[name]);
  }

  /** The same; undefined where that is not in the space. */
  valuesOf(config: TrainingConfig): Configuration | undefined {
    const values = this.activeValues(config);
    return this.allows(values) ? values : undefined;
  }

  /** The positions in the spec of the constraints that do not hold. */
  broken(values: Configuration): readonly number[] {
    return this.constraints.filter(({ holds }) => !holds(values)).map(({ index }) => index);
  }

  /**
   * From one number per dimension in [0, 1], those of inactive ones ignored.
   *
   * @returns undefined where a constraint is broken
   */
  fromUnits(units: readonly number[]): Configuration | undefined {
    const values = this.assign((dimension, i) => dimension.fromUnit(units[i] ?? 0.5));
    return this.keeps(values) ? values : undefined;
  }

  /** One number per dimension; undefined: inactive. */
  toUnits(values: Configuration): (number | undefined)[] {
    return this.dimensions.map(({ name, toUnit }) => {
      const value = values[name];
      return value === undefined ? undefined : toUnit(value);
    });
  }

  /** The same for equal configurations, whatever the order of their fields. */
  key(values: Configuration): string {
    return JSON.stringify(this.dimensions.map(({ name }) => values[name] ?? null));
  }

  private keeps(values: Configuration): boolean {
    return this.constraints.every(({ holds }) => holds(values));
  }

  private isActive(i: number, values: Configuration): boolean {
    return (this.parents[i] ?? []).every(([parent, allowed]) => {
      const value = values[parent];
      return value !== undefined && allowed.includes(value);
    });
  }

  private assign(
    valueOf: (dimension: Dimension, index: number) => ParameterValue | undefined,
  ): Configuration {
    const values: Partial<Record<ParameterName, ParameterValue>> = {};
    this.dimensions.forEach((dimension, i) => {
      const value = this.isActive(i, values) ? valueOf(dimension, i) : undefined;
      if (value !== undefined) values[dimension.name] = value;
    });
    return values;
  }

  /** The share of draws that meet the constraints. @throws SearchSpecError where it is next to nothing */
  private allowedShare(): number {
    const { uniform } = Random.seeded(0);
    let met = 0;
    for (let drawn = 1; drawn <= TEST_DRAWS; drawn++) {
      if (!this.keeps(this.assign((dimension) => dimension.draw(uniform())))) continue;
      if (++met === MIN_MET) return met / drawn;
    }
    throw new SearchSpecError(
      this.constraints.length === 1 ? ['constraints', 0] : ['constraints'],
      `of ${String(TEST_DRAWS)} configurations drawn from the space the constraints allow ${String(met)}; ` +
        `at least ${String(MIN_MET)} are needed: narrow the domains to what is allowed`,
    );
  }
}

/** Of a number in an ascending list; -1: not there. */
function positionOf(sorted: Uint32Array, wanted: number): number {
  const position = firstWhere(sorted.length, (i) => (sorted[i] ?? 0) >= wanted);
  return sorted[position] === wanted ? position : -1;
}
