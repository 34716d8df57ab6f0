/** Images of one split. */
export interface ImageSet {
  readonly count: number;
  /** [count, size, size, 3], row-major, red green blue. */
  readonly images: Uint8Array;
  /** [count], 0 to classes - 1. */
  readonly labels: Uint8Array | Int32Array;
}

/** A data set as it was decoded: before the split, in the order of its source. */
export interface DecodedDataset {
  readonly imageSize: number;
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly test: ImageSet;
}

/** A data set ready for training. */
export interface Dataset {
  /** height, width, channels */
  readonly imageShape: readonly [number, number, number];
  readonly classes: readonly string[];
  readonly train: ImageSet;
  readonly validation: ImageSet;
  readonly test: ImageSet;
}

export const CHANNELS = 3;

/** Bytes of one image. */
export const imageBytes = (imageSize: number): number => imageSize * imageSize * CHANNELS;

export interface OpenOptions {
  /** Where downloads and decoded images are kept; made if absent. */
  readonly cacheDir: string;
  /** Told, for a person, what takes its time. */
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}
