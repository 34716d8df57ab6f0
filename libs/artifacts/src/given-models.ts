import type { TrainingConfig } from '@fathom/contracts';
import { readModel, readWeights, type ModelToWrite, type StoredModel } from './model-store';

/** The models that a configuration names by their paths, for the training that it describes. */
export interface GivenModels {
  /** By torchvision's names, in torchvision's layout. */
  readonly initialState?: StoredModel['tensors'];
  readonly teacher?: ModelToWrite;
}

/**
 * Reads the models that a training needs.
 *
 * @param options.resumed whether it goes on from a checkpoint, which replaces the weights to start from
 * @throws ModelError naming the path that is missing, damaged or unsupported
 */
export async function readGivenModels(
  { initialWeights, teacher }: Pick<TrainingConfig, 'initialWeights' | 'teacher'>,
  { resumed }: { readonly resumed: boolean },
): Promise<GivenModels> {
  return {
    ...(resumed || initialWeights === '' ? {} : { initialState: await readWeights(initialWeights) }),
    ...(teacher === '' ? {} : { teacher: await readTeacher(teacher) }),
  };
}

async function readTeacher(dir: string): Promise<ModelToWrite> {
  const { description, tensors } = await readModel(dir);
  const { architecture, input, classes, metrics } = description;
  return { facts: { architecture, input, classes, metrics }, tensors };
}

/** What a training starts from, for a person. @param classes of the data set */
export const startingPoint = (
  { initialWeights }: Pick<TrainingConfig, 'initialWeights'>,
  classes: readonly string[],
  newHead: boolean,
): string =>
  `it starts from ${initialWeights}${newHead ? `, with a new dense layer for ${String(classes.length)} classes` : ''}`;
