import { SAVED_MODEL_TAG, type FetchedValue, type GraphRunner } from '@fathom/graph';
import { servingGraph, servingNames } from './serving-graph';
import type { TrainedModel } from './trained-model';

export interface Guess {
  readonly class: string;
  /** 0 to 1 */
  readonly probability: number;
}

export interface Classification {
  /** Of every class, before the softmax. */
  readonly logits: Float32Array;
  /** Every class, the most probable first. */
  readonly guesses: readonly Guess[];
}

/** A model in a session: says what is on images. The one who makes it closes it. */
export class Classifier {
  readonly #facts: TrainedModel['facts'];
  readonly #runner: GraphRunner;

  constructor(model: TrainedModel, openSession: (savedModel: Uint8Array) => GraphRunner) {
    this.#facts = model.facts;
    this.#runner = openSession(servingGraph(model, { tag: SAVED_MODEL_TAG }));
  }

  /**
   * @param images [count, size, size, channels] row-major, pixels 0 to 255, in the size of the model
   * @throws RangeError where the bytes are no whole number of images
   */
  classify(images: Uint8Array): Classification[] {
    const { imageSize, channels } = this.#facts.input;
    const count = images.length / (imageSize * imageSize * channels);
    if (!Number.isInteger(count))
      throw new RangeError(
        `${String(images.length)} bytes are no whole number of images of ${String(imageSize)} px`,
      );
    if (count === 0) return [];
    const shape = [count, imageSize, imageSize, channels];
    const [logits, probabilities] = this.#runner
      .run({ [servingNames.images]: { dtype: 'uint8', shape, data: images } }, [
        `${servingNames.logits}:0`,
        `${servingNames.probabilities}:0`,
      ])
      .map(floats);
    return Array.from({ length: count }, (_, image) => {
      const row = (values: Float32Array = new Float32Array()) =>
        values.slice(image * this.#classes, (image + 1) * this.#classes);
      return { logits: row(logits), guesses: this.#ranked(row(probabilities)) };
    });
  }

  close(): void {
    this.#runner.close();
  }

  get #classes(): number {
    return this.#facts.classes.length;
  }

  #ranked(probabilities: Float32Array): Guess[] {
    return this.#facts.classes
      .map((name, i) => ({ class: name, probability: probabilities[i] ?? 0 }))
      .sort((a, b) => b.probability - a.probability);
  }
}

function floats(value: FetchedValue): Float32Array {
  if (value.dtype !== 'float32') throw new TypeError(`the model gives ${value.dtype}, not float32`);
  return value.data;
}
