import { packedLength, type FeedValue } from '@fathom/graph';
import { feedNames } from '../graph/feeds';
import type { ImageSourceSpec } from '../graph/image-source';
import { int32 } from './feed-values';
import type { ImageSet, TrainingData } from './training-data';

export type Split = 'train' | 'validation' | 'test';

/** Images of the next call, row after row, in the form the graph is fed with; the same memory serves every call. */
export interface Batches {
  /** Rows that there is room for. */
  readonly rows: number;
  /** Puts images of a split in the next places. @param from place of the first: row times row size, or within one */
  put(from: number, split: Split, indices: ArrayLike<number>): void;
  /** Feeds of the first `rows` rows. */
  feeds(rows: number): Record<string, FeedValue>;
}

export interface BatchesOptions {
  readonly rowSize: number;
  /** The most that a call may want. */
  readonly rows: number;
  /** Of one step of the optimiser, which is never cut: there is room for them whatever they take. */
  readonly rowsPerStep: number;
  readonly images: ImageSourceSpec;
}

/** Fed images of several rows: enough for few calls, and little beside the images themselves. */
const FED_BYTES = 2 ** 25;

export function batchesOf(
  data: TrainingData,
  { rowSize, rows, rowsPerStep, images }: BatchesOptions,
): Batches {
  if (images.kind === 'resident') return new ResidentBatches(data, rowSize, rows);
  const rowBytes = rowSize * imageBytesOf(data);
  return new FedBatches(
    data,
    rowSize,
    Math.max(rowsPerStep, Math.min(rows, Math.floor(FED_BYTES / rowBytes))),
  );
}

/** The order of the splits in the memory of the device. */
export const residentSplits: readonly Split[] = ['train', 'validation', 'test'];

class ResidentBatches implements Batches {
  readonly #indices: Int32Array;
  readonly #rowSize: number;
  readonly #offsets: Readonly<Record<Split, number>>;

  constructor(
    { train, validation }: TrainingData,
    rowSize: number,
    readonly rows: number,
  ) {
    this.#rowSize = rowSize;
    this.#indices = new Int32Array(rows * rowSize);
    this.#offsets = { train: 0, validation: train.count, test: train.count + validation.count };
  }

  put(from: number, split: Split, indices: ArrayLike<number>): void {
    const offset = this.#offsets[split];
    for (let i = 0; i < indices.length; i++) this.#indices[from + i] = offset + (indices[i] ?? 0);
  }

  feeds(rows: number): Record<string, FeedValue> {
    const data = this.#indices.subarray(0, rows * this.#rowSize);
    return { [feedNames.indices]: int32([rows, this.#rowSize], data) };
  }
}

class FedBatches implements Batches {
  readonly #data: TrainingData;
  /** The bytes of [rows, rowSize, height, width, channels], four to a number; rows begin at whole numbers. */
  readonly #images: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #labels: Int32Array;
  readonly #rowSize: number;
  readonly #rowLength: number;

  constructor(
    data: TrainingData,
    rowSize: number,
    readonly rows: number,
  ) {
    this.#data = data;
    this.#rowSize = rowSize;
    this.#rowLength = packedLength(rowSize * imageBytesOf(data));
    this.#images = new Int32Array(rows * this.#rowLength);
    this.#bytes = new Uint8Array(this.#images.buffer);
    this.#labels = new Int32Array(rows * rowSize);
  }

  put(from: number, split: Split, indices: ArrayLike<number>): void {
    const set = this.#data[split];
    for (let i = 0; i < indices.length; i++) {
      const [place, index] = [from + i, indices[i] ?? 0];
      const row = Math.floor(place / this.#rowSize);
      const image = imageOf(set, index);
      this.#bytes.set(image, row * this.#rowLength * 4 + (place - row * this.#rowSize) * image.length);
      this.#labels[place] = set.labels[index] ?? 0;
    }
  }

  feeds(rows: number): Record<string, FeedValue> {
    const [rowSize, rowLength] = [this.#rowSize, this.#rowLength];
    return {
      [feedNames.images]: int32([rows, rowLength], this.#images.subarray(0, rows * rowLength)),
      [feedNames.labels]: int32([rows, rowSize], this.#labels.subarray(0, rows * rowSize)),
    };
  }
}

/** Chunks of all images in the order of `residentSplits`, of `chunkRows` images each; the last ones may overlap. */
export function* residentChunks(data: TrainingData, chunkRows: number): Generator<Record<string, FeedValue>> {
  const imageBytes = imageBytesOf(data);
  const images = new Int32Array(packedLength(chunkRows * imageBytes));
  const bytes = new Uint8Array(images.buffer);
  const labels = new Int32Array(chunkRows);
  const all = residentSplits.map((split) => data[split]);
  const count = imagesOf(data);
  for (let next = 0; next < count; next += chunkRows) {
    const begin = Math.min(next, count - chunkRows);
    let before = 0;
    for (const set of all) {
      const [from, to] = [begin - before, begin - before + chunkRows].map((i) => clamp(i, set.count)) as [
        number,
        number,
      ];
      const place = before + from - begin;
      if (to > from) {
        bytes.set(set.images.subarray(from * imageBytes, to * imageBytes), place * imageBytes);
        labels.set(set.labels.subarray(from, to), place);
      }
      before += set.count;
    }
    yield {
      [feedNames.chunkBegin]: int32([1], Int32Array.of(begin)),
      [feedNames.chunkImages]: int32([images.length], images),
      [feedNames.chunkLabels]: int32([chunkRows], labels),
    };
  }
}

/** Images of all splits. */
export const imagesOf = (data: TrainingData): number =>
  residentSplits.reduce((total, split) => total + data[split].count, 0);

export const imageBytesOf = ({ imageShape }: TrainingData): number => imageShape.reduce((a, b) => a * b);

function imageOf({ images, count }: ImageSet, index: number): Uint8Array {
  const length = images.length / count;
  return images.subarray(index * length, (index + 1) * length);
}

const clamp = (value: number, max: number): number => Math.max(0, Math.min(max, value));
