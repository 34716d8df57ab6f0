import type { FeedValue } from '@fathom/graph';

/** @param shape of `data`, whose values are in row-major order */
export const int32 = (shape: readonly number[], data: Int32Array): FeedValue => ({
  dtype: 'int32',
  shape,
  data,
});

/** @param shape of `data`, whose values are in row-major order */
export const float32 = (shape: readonly number[], data: Float32Array): FeedValue => ({
  dtype: 'float32',
  shape,
  data,
});

/** An int32 of shape []. */
export const scalar = (value: number): FeedValue => int32([], Int32Array.of(value));
