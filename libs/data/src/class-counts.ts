import { DataError } from './data-error';
import type { DecodedDataset } from './dataset';

/** `the class wren has no images`, for one class or more. */
export const classesWithoutImages = (names: readonly string[]): string =>
  names.length === 1
    ? `the class ${String(names[0])} has no images`
    : `the classes ${names.join(', ')} have no images`;

/** @throws DataError naming the classes of which there is nothing to train on */
export function checkClasses(what: string, { classes, train }: DecodedDataset): void {
  const seen = new Set<number>(train.labels);
  const missing = classes.filter((_, label) => !seen.has(label));
  if (missing.length > 0) throw new DataError(`${what}: ${classesWithoutImages(missing)} to train on`);
}
