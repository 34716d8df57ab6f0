import type { ParameterName, ParameterValue } from '@fathom/contracts';
import { SearchSpecError } from '../search-spec-error';
import { conditionsOf } from './conditions';
import type { Configuration } from './configuration';
import type { Dimension } from './dimension';

/** For each dimension whether all of its parents so far have a value under which it is active. */
type Alive = readonly boolean[];

/** Ways in which parameters are active together, at most; bounds the time and memory of counting. */
const MAX_BRANCHINGS = 50_000;

interface Child {
  readonly index: number;
  readonly values: ReadonlySet<ParameterValue>;
}

/**
 * The configurations that conditions allow, constraints left aside, numbered in grid order: the first dimension
 * varies slowest, a dimension that is inactive does not vary. Counting follows the tree of conditions, not its leaves,
 * so it is exact however many there are.
 */
export class FreeSpace {
  readonly size: number;
  readonly isConditional: boolean;
  /** Of each dimension, those that depend on it. */
  private readonly children: readonly (readonly Child[])[];
  private readonly counts = new Map<string, number>();

  /** @throws SearchSpecError for a dimension that is never active */
  constructor(readonly dimensions: readonly Dimension[]) {
    this.isConditional = dimensions.some(({ when }) => when !== undefined);
    this.children = dimensions.map(({ name: parent }) =>
      dimensions.flatMap((dimension, index) => {
        const values = conditionsOf(dimension).find(([name]) => name === parent)?.[1];
        return values === undefined ? [] : [{ index, values: new Set(values) }];
      }),
    );
    const reached = new Set<Dimension>();
    this.size = this.count(0, this.start(), reached);
    const never = dimensions.find((dimension) => !reached.has(dimension));
    if (never)
      throw new SearchSpecError(
        ['space', never.name, 'when'],
        `${never.name} is never active: its conditions do not hold at once`,
      );
  }

  /** @param index 0 <= index < size, of a finite space of at most 2^53 */
  at(index: number): Configuration {
    const values: Partial<Record<ParameterName, ParameterValue>> = {};
    let rest = index;
    let alive = this.start();
    this.dimensions.forEach((dimension, i) => {
      if (!alive[i]) {
        alive = this.after(i, undefined, alive);
        return;
      }
      const { position, value, next } = this.locate(dimension, i, alive, rest);
      values[dimension.name] = value;
      rest -= position;
      alive = next;
    });
    return values;
  }

  /** Inverse of `at`. @param values of exactly the active dimensions */
  indexOf(values: Configuration): number {
    let index = 0;
    let alive = this.start();
    this.dimensions.forEach((dimension, i) => {
      const value = alive[i] ? values[dimension.name] : undefined;
      if (value !== undefined) index += this.before(i, dimension.indexOf(value), alive);
      alive = this.after(i, value, alive);
    });
    return index;
  }

  /** Walks all configurations in grid order. @param visit is told each one, and may refuse a beginning of it */
  walk(visit: Visitor): void {
    this.walkFrom(0, this.start(), 0, visit);
  }

  private walkFrom(i: number, alive: Alive, index: number, visit: Visitor): number {
    const dimension = this.dimensions[i];
    if (dimension === undefined) {
      visit.found(index);
      return index + 1;
    }
    let next = index;
    const branches = alive[i] ? dimension.size : 1;
    for (let branch = 0; branch < branches; branch++) {
      const value = alive[i] ? dimension.at(branch) : undefined;
      const after = this.after(i, value, alive);
      if (visit.enter(i, value)) next = this.walkFrom(i + 1, after, next, visit);
      else next += this.count(i + 1, after);
    }
    return next;
  }

  private start(): Alive {
    return this.dimensions.map(() => true);
  }

  private after(i: number, value: ParameterValue | undefined, alive: Alive): Alive {
    const children = this.children[i] ?? [];
    if (children.length === 0) return alive;
    const next = [...alive];
    for (const { index, values } of children)
      if (value === undefined || !values.has(value)) next[index] = false;
    return next;
  }

  /** How many configurations go on from dimension i. */
  private count(i: number, alive: Alive, reached?: Set<Dimension>): number {
    const dimension = this.dimensions[i];
    if (dimension === undefined) return 1;
    const key = `${String(i)}${alive.slice(i).map(Number).join('')}`;
    const known = this.counts.get(key);
    if (known !== undefined) return known;
    if (alive[i]) reached?.add(dimension);
    const count = this.countBelow(i, alive, reached);
    if (this.counts.size >= MAX_BRANCHINGS)
      throw new SearchSpecError(
        ['space'],
        `the conditions branch in more than ${String(MAX_BRANCHINGS)} ways: let fewer parameters depend on different ones`,
      );
    this.counts.set(key, count);
    return count;
  }

  private countBelow(i: number, alive: Alive, reached: Set<Dimension> | undefined): number {
    const dimension = this.dimensions[i];
    if (dimension === undefined || !alive[i])
      return this.count(i + 1, this.after(i, undefined, alive), reached);
    if (this.children[i]?.length === 0) return dimension.size * this.count(i + 1, alive, reached);
    let sum = 0;
    for (let at = 0; at < dimension.size; at++)
      sum += this.count(i + 1, this.after(i, dimension.at(at), alive), reached);
    return sum;
  }

  /** How many configurations come before those with the value at the index of active dimension i. */
  private before(i: number, index: number, alive: Alive): number {
    if (this.children[i]?.length === 0) return index * this.count(i + 1, alive);
    let sum = 0;
    for (let at = 0; at < index; at++)
      sum += this.count(i + 1, this.after(i, this.dimensions[i]?.at(at), alive));
    return sum;
  }

  private locate(dimension: Dimension, i: number, alive: Alive, rest: number) {
    if (this.children[i]?.length === 0) {
      const each = this.count(i + 1, alive);
      const at = Math.floor(rest / each);
      return { position: at * each, value: dimension.at(at), next: alive };
    }
    let position = 0;
    for (let at = 0; at < dimension.size; at++) {
      const value = dimension.at(at);
      const next = this.after(i, value, alive);
      const each = this.count(i + 1, next);
      if (rest < position + each) return { position, value, next };
      position += each;
    }
    throw new RangeError(`the space has only ${String(this.size)} configurations`);
  }
}

export interface Visitor {
  /** Dimension i takes the value, or is inactive. @returns whether to go on from there */
  readonly enter: (i: number, value: ParameterValue | undefined) => boolean;
  readonly found: (index: number) => void;
}
