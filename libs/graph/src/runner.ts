/** A value on the host, row-major: `data.length` equals the product of `shape`. */
export type HostValue =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }
  | { readonly dtype: 'uint8'; readonly shape: readonly number[]; readonly data: Uint8Array };

/** What is fed into a placeholder. */
export type FeedValue = HostValue;

/** A copy of what was fetched: float32, int32, or booleans as uint8. Other types have to be cast in the graph. */
export type FetchedValue = HostValue;

/** What went between host and device since the session was opened. */
export interface Traffic {
  /** Runs, at the end of each of which the host waits for the device. */
  readonly runs: number;
  readonly bytesFed: number;
  readonly bytesFetched: number;
}

/** A TensorFlow session that owns a graph's variables. Calls block until the graph has run. */
export interface GraphRunner {
  /**
   * @param feeds by placeholder name, without output index: `images`
   * @param fetches by tensor name: `step:0`
   * @returns one value per fetch, in their order
   */
  run(feeds: Readonly<Record<string, FeedValue>>, fetches: readonly string[]): FetchedValue[];
  /** Counted over all runs that succeeded. */
  readonly traffic: Traffic;
  close(): void;
}
