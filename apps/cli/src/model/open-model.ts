import { readModel, type StoredModel } from '@fathom/artifacts';
import { architectureOf, ConfigurationError, fromTorchvision, type TrainedModel } from '@fathom/resnet';
import { UsageError } from '../exit-codes';

/**
 * The model in a folder, with weights that have been seen to be those of its network.
 *
 * @throws ModelError where it cannot be read, UsageError where its weights are those of another network
 */
export async function openModel(dir: string): Promise<TrainedModel> {
  const { description, tensors }: StoredModel = await readModel(dir);
  const { architecture, input, classes, metrics } = description;
  const facts = { architecture, input, classes, metrics };
  try {
    fromTorchvision(architectureOf(facts), tensors);
  } catch (error) {
    if (error instanceof ConfigurationError) throw new UsageError(`${dir}: ${error.message}`);
    throw error;
  }
  return { facts, tensors };
}
