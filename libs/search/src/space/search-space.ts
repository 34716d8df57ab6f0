import { parameterNames, type ParameterName, type ParameterValue, type SweepSpec } from '@fathom/contracts';
import { dimensionOf, type Dimension } from './dimension';

export type Configuration = Readonly<Partial<Record<ParameterName, ParameterValue>>>;

/**
 * The axes of a space in a fixed order that does not depend on how the spec was written: the training
 * configuration's order, but `seed` first. As the first axis varies slowest, a grid completes one pass over
 * everything else before it repeats it with another seed.
 */
export class SearchSpace {
  readonly dimensions: readonly Dimension[];
  /** Number of distinct configurations; Infinity where an axis is continuous. */
  readonly size: number;

  constructor({ space }: Pick<SweepSpec, 'space'>) {
    const names: ParameterName[] = ['seed', ...parameterNames.filter((name) => name !== 'seed')];
    this.dimensions = names.flatMap((name) => {
      const domain = space[name];
      return domain === undefined ? [] : [dimensionOf(name, domain)];
    });
    this.size = this.dimensions.reduce((product, dimension) => product * dimension.size, 1);
  }

  /** The configuration at an index, 0 <= index < size; the last axis varies fastest. */
  at(index: number): Configuration {
    let rest = index;
    const entries: [ParameterName, ParameterValue][] = [];
    for (const dimension of [...this.dimensions].reverse()) {
      entries.unshift([dimension.name, dimension.at(rest % dimension.size)]);
      rest = Math.floor(rest / dimension.size);
    }
    return Object.fromEntries(entries);
  }

  /** One draw; `uniform` gives the next random number, 0 <= u < 1. */
  draw(uniform: () => number): Configuration {
    return Object.fromEntries(
      this.dimensions.map((dimension) => [dimension.name, dimension.draw(uniform())]),
    );
  }
}
