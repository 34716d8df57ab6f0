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

/** Where machines share decoded data sets: files by name. What goes wrong with it costs time and nothing else. */
export interface SharedDatasets {
  /** Into a file of this machine, all of it or nothing; false where it is not there. */
  fetch(name: string, file: string): Promise<boolean>;
  put(name: string, file: string): Promise<void>;
}

export interface OpenOptions {
  /** Where downloads and decoded images are kept; made if absent. */
  readonly cacheDir: string;
  readonly shared?: SharedDatasets;
  /** Told, for a person, what takes its time. */
  readonly onProgress?: (what: string) => void;
  readonly signal?: AbortSignal;
}
