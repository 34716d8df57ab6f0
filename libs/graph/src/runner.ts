/** A host value fed into a placeholder. `data.length` equals the product of `shape`. */
export interface FeedValue {
  readonly dtype: 'float32' | 'int32' | 'uint8';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A host copy of a fetched tensor. */
export interface FetchedValue {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

/** A TensorFlow session that owns a graph's variables. Calls block until the graph has run. */
export interface GraphRunner {
  /**
   * @param feeds by placeholder name, without output index: `images`
   * @param fetches by tensor name: `step:0`
   * @returns one value per fetch, in their order
   */
  run(feeds: Readonly<Record<string, FeedValue>>, fetches: readonly string[]): FetchedValue[];
  close(): void;
}
