import { packedLength } from '@fathom/graph';
import type { ImageSet } from './training-data';

/** One batch in the form the graph is fed with; the same memory is filled again for every batch. */
export class Batch {
  /** The bytes of [batch, height, width, channels], four to a number. */
  readonly images: Int32Array;
  readonly labels: Int32Array;
  /** 1 for images of the batch, 0 for what is left over from an earlier one. */
  readonly mask: Float32Array;
  readonly #bytes: Uint8Array;
  readonly #imageBytes: number;

  constructor(
    readonly size: number,
    imageBytes: number,
  ) {
    this.images = new Int32Array(packedLength(size * imageBytes));
    this.labels = new Int32Array(size);
    this.mask = new Float32Array(size);
    this.#bytes = new Uint8Array(this.images.buffer);
    this.#imageBytes = imageBytes;
  }

  /** @param indices of at most `size` images of the set */
  fill(set: ImageSet, indices: Iterable<number>): void {
    this.mask.fill(0);
    let slot = 0;
    for (const index of indices) {
      const from = index * this.#imageBytes;
      this.#bytes.set(set.images.subarray(from, from + this.#imageBytes), slot * this.#imageBytes);
      this.labels[slot] = set.labels[index] ?? 0;
      this.mask[slot] = 1;
      slot++;
    }
  }
}
