import type { Json } from '../json';
import type { Configuration, SearchSpace } from '../space/search-space';

/**
 * The configurations that a sweep has had, as numbers: the index where the space can be counted, else 32 bits of a
 * hash. Two configurations with one hash are taken for one, which in a space too large to count costs a redraw.
 *
 * Grows with the trials of a sweep, by about ten bytes each; a sweep has at most 10,000.
 */
export class SeenConfigurations {
  private readonly numbers: Set<number>;

  constructor(
    private readonly space: SearchSpace,
    snapshot: Json = [],
  ) {
    this.numbers = new Set(snapshot as readonly number[]);
  }

  has(values: Configuration): boolean {
    return this.numbers.has(this.numberOf(values));
  }

  hasIndex(index: number): boolean {
    return this.numbers.has(index);
  }

  add(values: Configuration): void {
    this.numbers.add(this.numberOf(values));
  }

  get size(): number {
    return this.numbers.size;
  }

  /** The numbers in ascending order; in a countable space these are indices. */
  sorted(): number[] {
    return [...this.numbers].sort((a, b) => a - b);
  }

  snapshot(): Json {
    return [...this.numbers];
  }

  private numberOf(values: Configuration): number {
    return this.space.isCountable ? this.space.indexOf(values) : hashOf(this.space.key(values));
  }
}

/** FNV-1a over the UTF-16 units, 32 bits (Fowler, Noll and Vo). */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x0100_0193);
  return hash >>> 0;
}
