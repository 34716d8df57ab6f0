import type { ParameterName } from '@fathom/contracts';
import type { Dimension } from '../../space/dimension';
import type { Configuration, SearchSpace } from '../../space/search-space';
import { variedOf } from '../varied';

/**
 * Configurations as rows of coordinates of the model, in this order:
 *
 * - for every dimension with more than one value: its place on the unit interval (a log scale already taken into
 *   account) where its values are ordered, else the index of its value as a category. Where it is inactive it has a
 *   default, the middle or no category, so that it is at no distance from others that lack it;
 * - for every condition: whether it holds, as a category, which sets configurations apart that do not have the same
 *   parameters;
 * - how far the trial was trained, 1 for to its end.
 */
export class Encoding {
  readonly dimensions: readonly Dimension[];
  readonly isCategory: readonly boolean[];
  private readonly conditions: readonly ParameterName[];

  constructor(space: SearchSpace) {
    this.dimensions = variedOf(space);
    const conditional = new Map(
      space.dimensions.flatMap(({ name, when }) =>
        when === undefined ? [] : [[JSON.stringify(when), name]],
      ),
    );
    this.conditions = [...conditional.values()];
    this.isCategory = [
      ...this.dimensions.map(({ isOrdered }) => !isOrdered),
      ...this.conditions.map(() => true),
      false,
    ];
  }

  /** @param progress 0 … 1, 1: trained to its end */
  rowOf(values: Configuration, progress: number): Float64Array {
    const row = new Float64Array(this.isCategory.length);
    this.dimensions.forEach(({ name, isOrdered, toUnit, indexOf }, i) => {
      const value = values[name];
      if (value === undefined) row[i] = isOrdered ? 0.5 : -1;
      else row[i] = isOrdered ? toUnit(value) : indexOf(value);
    });
    this.conditions.forEach((name, i) => {
      row[this.dimensions.length + i] = values[name] === undefined ? 0 : 1;
    });
    row[row.length - 1] = progress;
    return row;
  }
}
