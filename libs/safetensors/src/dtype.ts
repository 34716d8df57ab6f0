/** Element types of the format that Fathom uses, with their size in bytes. */
export const dtypeSizes = { BOOL: 1, U8: 1, BF16: 2, F16: 2, I32: 4, F32: 4, F64: 8, I64: 8 } as const;

export type SafetensorsDType = keyof typeof dtypeSizes;

/** The typed array that holds elements of a type; BF16 and F16 are kept as their 16 bits. */
export interface DTypeArrays {
  BOOL: Uint8Array;
  U8: Uint8Array;
  BF16: Uint16Array;
  F16: Uint16Array;
  I32: Int32Array;
  F32: Float32Array;
  F64: Float64Array;
  I64: BigInt64Array;
}

const arrays = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  BF16: Uint16Array,
  F16: Uint16Array,
  I32: Int32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
} as const;

/** A view of `bytes` as elements of `dtype`, copied only where their place in memory is not aligned for it. */
export function viewAs<D extends SafetensorsDType>(dtype: D, bytes: Uint8Array): DTypeArrays[D] {
  const size = dtypeSizes[dtype];
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const view = new arrays[dtype](
    aligned.buffer as ArrayBuffer,
    aligned.byteOffset,
    aligned.byteLength / size,
  );
  // The bytes come from files and never from shared memory. And TypeScript cannot see that `arrays` and DTypeArrays pair up key by key.
  return view as DTypeArrays[D];
}
