import type { TrainingConfig } from '@fathom/contracts';
import { constant, type FloatDType, type Graph, type Tensor } from '@fathom/graph';
import type { Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';
import { FrozenValues } from '../model/frozen-values';
import { fromTorchvision } from '../model/torchvision-layout';
import { architectureOf, type TrainedModel } from '../model/trained-model';
import type { ChannelStatistics } from '../training/channel-statistics';
import type { CheckpointTensor } from '../training/checkpoint';
import { buildInference } from './network';

/** A trained network from which another one learns. */
export interface Teacher {
  readonly architecture: Architecture;
  /** Of the pixels it was trained with. */
  readonly pixels: ChannelStatistics;
  /** By variable name, in our layout. */
  readonly tensors: Readonly<Record<string, CheckpointTensor>>;
}

export interface Student {
  /** [height, width, channels] */
  readonly imageShape: readonly number[];
  /** Names, in the order of the labels. */
  readonly classes: readonly string[];
}

/**
 * The teacher of a configuration; undefined where it wants none.
 *
 * @throws ConfigurationError where the configuration wants a teacher and none is given, or where what is given sees
 *   other images, tells other classes apart, or has not the weights of its network
 */
export function teacherOf(
  { teacher: path }: Pick<TrainingConfig, 'teacher'>,
  model: TrainedModel | undefined,
  { imageShape, classes }: Student,
): Teacher | undefined {
  if (!model) {
    if (path === '') return undefined;
    throw new ConfigurationError('teacher', path, 'a path whose model is given to the training');
  }
  const refuse = (what: string, allowed: string) =>
    new ConfigurationError('teacher', path === '' ? what : `${path}, ${what}`, allowed);
  const { imageSize, channels, mean, std } = model.facts.input;
  const shape = [imageSize, imageSize, channels];
  if (shape.join() !== imageShape.join())
    throw refuse(
      `a model for images [${shape.join(', ')}]`,
      `one for the images of the data set, [${imageShape.join(', ')}]`,
    );
  const theirs = model.facts.classes;
  if (theirs.length !== classes.length)
    throw refuse(
      `a model of ${String(theirs.length)} classes`,
      `one of the ${String(classes.length)} classes of the data set`,
    );
  const other = classes.findIndex((name, i) => name !== theirs[i]);
  if (other >= 0)
    throw refuse(
      `a model whose class ${String(other)} is ${String(theirs[other])}`,
      `one of the classes of the data set, whose class ${String(other)} is ${String(classes[other])}`,
    );
  const architecture = architectureOf(model.facts);
  try {
    return {
      architecture,
      pixels: { mean, std },
      tensors: fromTorchvision(architecture, model.tensors).tensors,
    };
  } catch (error) {
    if (error instanceof ConfigurationError)
      throw refuse(`a model whose ${error.field} is ${String(error.given)}`, error.allowed);
    throw error;
  }
}

/** A teacher in a graph: its weights are constants, which no step changes and no checkpoint holds. */
export class TeacherNetwork {
  /** Of each channel of a pixel between 0 and 1: [channels] */
  readonly mean: Tensor<'float32'>;
  readonly std: Tensor<'float32'>;
  readonly #architecture: Architecture;
  readonly #values: FrozenValues;

  constructor(graph: Graph, { architecture, pixels, tensors }: Teacher) {
    this.#architecture = architecture;
    this.#values = new FrozenValues(graph, tensors);
    [this.mean, this.std] = graph.scope('teacher', () => [
      constant(graph, 'float32', pixels.mean),
      constant(graph, 'float32', pixels.std),
    ]);
  }

  /** @param images [batch, size, size, channels], normalised with its own mean and std. @returns [batch, classes] */
  logits<D extends FloatDType>(images: Tensor<D>): Tensor<'float32'> {
    return images.graph.scope('teacher', () => buildInference(this.#architecture, this.#values, images));
  }
}
