import type { TrainingConfig } from '@fathom/contracts';
import { readWeights, type StoredModel } from './model-store';

/** The models that a configuration names by their paths, for the training that it describes. */
export interface GivenModels {
  /** By torchvision's names, in torchvision's layout. */
  readonly initialState?: StoredModel['tensors'];
}

/**
 * Reads the models that a training needs.
 *
 * @param options.resumed whether it goes on from a checkpoint, which replaces the weights to start from
 * @throws ModelError naming the path that is missing, damaged or unsupported
 */
export async function readGivenModels(
  { initialWeights }: Pick<TrainingConfig, 'initialWeights'>,
  { resumed }: { readonly resumed: boolean },
): Promise<GivenModels> {
  return resumed || initialWeights === '' ? {} : { initialState: await readWeights(initialWeights) };
}

/** What a training starts from, for a person. @param classes of the data set */
export const startingPoint = (
  { initialWeights }: Pick<TrainingConfig, 'initialWeights'>,
  classes: readonly string[],
  newHead: boolean,
): string =>
  `it starts from ${initialWeights}${newHead ? `, with a new dense layer for ${String(classes.length)} classes` : ''}`;
