import {
  constant,
  Graph,
  identity,
  normalise,
  placeholder,
  softmax,
  writeSavedModel,
  type SavedModelOptions,
} from '@fathom/graph';
import { buildInference } from '../graph/network';
import { FrozenValues } from './frozen-values';
import { fromTorchvision } from './torchvision-layout';
import { architectureOf, type TrainedModel } from './trained-model';

/** What programs that serve TensorFlow models, such as TensorFlow Serving, look for. */
export const servingNames = {
  tag: 'serve',
  signature: 'serving_default',
  /** uint8 [batch, size, size, channels], any batch */
  images: 'images',
  /** float32 [batch, classes], before the softmax */
  logits: 'logits',
  /** float32 [batch, classes], rows that add up to 1 */
  probabilities: 'probabilities',
} as const;

/** Rows of a batch: as many as are fed. */
const ANY = -1;

/**
 * The bytes of a SavedModel that tells what is on images, complete with its weights: from uint8 pixels, which it
 * normalises itself, to probabilities, for any number of images. Feeds and fetches have the names of the signature.
 *
 * @param options.tag under which it is loaded; that of serving programs if absent
 * @throws ConfigurationError where the weights are not those of the network that the model describes
 */
export function servingGraph(
  { facts, tensors }: TrainedModel,
  { tag = servingNames.tag }: Pick<SavedModelOptions, 'tag'> = {},
): Uint8Array {
  const architecture = architectureOf(facts);
  const { imageSize, channels, mean, std } = facts.input;
  const graph = new Graph();
  const images = placeholder(graph, servingNames.images, 'uint8', [ANY, imageSize, imageSize, channels]);
  const pixels = graph.scope('normalise', () =>
    normalise(images, constant(graph, 'float32', mean), constant(graph, 'float32', std)),
  );
  const values = new FrozenValues(graph, fromTorchvision(architecture, tensors).tensors);
  const logits = identity(buildInference(architecture, values, pixels), { name: servingNames.logits });
  const probabilities = identity(softmax(logits), { name: servingNames.probabilities });
  return writeSavedModel(graph, {
    tag,
    signatures: { [servingNames.signature]: { inputs: { images }, outputs: { logits, probabilities } } },
  });
}
