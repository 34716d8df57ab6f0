import type { TrainingConfig } from '@fathom/contracts';
import {
  constant,
  fillStored,
  sizeOf,
  Stored,
  type FloatDType,
  type Graph,
  type Tensor,
} from '@fathom/graph';
import type { Architecture } from '../architecture/architecture';
import { ConfigurationError } from '../configuration-error';
import { fromTorchvision } from '../model/torchvision-layout';
import { architectureOf, type TrainedModel } from '../model/trained-model';
import type { ChannelStatistics } from '../training/channel-statistics';
import type { CheckpointTensor } from '../training/checkpoint';
import { buildInference } from './network';
import type { NetworkValues } from './weights';

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

/** How the weights of a teacher get into the device. */
export interface TeacherFilling {
  /** Fetch that stores them; each is fed under `fillPlaceholder(teacherValue(name))`. */
  readonly put: string;
  /** Of all of them. */
  readonly bytes: number;
}

/** What the stored weight of a teacher is called. @param name by which the teacher itself has it */
export const teacherValue = (name: string): string => `teacher.${name}`;

/**
 * A teacher in a graph: its weights are stored values, which no step changes and no checkpoint holds. As constants they
 * would be in every copy that TensorFlow makes of a graph, which takes twenty times their size.
 */
export class TeacherNetwork {
  readonly filling: TeacherFilling;
  /** Of each channel of a pixel between 0 and 1: [channels] */
  readonly mean: Tensor<'float32'>;
  readonly std: Tensor<'float32'>;
  readonly #architecture: Architecture;
  readonly #values: NetworkValues;

  constructor(graph: Graph, { architecture, pixels, tensors }: Teacher) {
    this.#architecture = architecture;
    const stored = Object.entries(tensors).map(
      ([name, { shape }]) => [name, new Stored(graph, teacherValue(name), 'float32', shape)] as const,
    );
    this.#values = new StoredValues(new Map(stored));
    const all = stored.map(([, value]) => value);
    this.filling = {
      put: fillStored(graph, all).name,
      bytes: all.reduce((sum, { shape }) => sum + 4 * sizeOf(shape), 0),
    };
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

class StoredValues implements NetworkValues {
  constructor(private readonly stored: ReadonlyMap<string, Stored<'float32'>>) {}

  value(name: string): Tensor<'float32'> {
    const found = this.stored.get(name);
    if (!found) throw new RangeError(`the teacher has no ${name}`);
    return found.value;
  }
}
