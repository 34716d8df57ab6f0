/** Element types this library can author, with TensorFlow's `DataType` numbers (types.proto). */
export const dtypeNumbers = {
  float32: 1,
  int32: 3,
  uint8: 4,
  int64: 9,
  bool: 10,
  bfloat16: 14,
  float16: 19,
  resource: 20,
} as const;

export type DType = keyof typeof dtypeNumbers;
export type FloatDType = 'float32' | 'bfloat16' | 'float16';
export type IndexDType = 'int32' | 'int64';
export type NumericDType = FloatDType | IndexDType | 'uint8';

/** Bytes per element; a resource handle has no size a graph can know. */
export const dtypeBytes: Readonly<Record<Exclude<DType, 'resource'>, number>> = {
  float32: 4,
  int32: 4,
  uint8: 1,
  int64: 8,
  bool: 1,
  bfloat16: 2,
  float16: 2,
};

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'bfloat16' || dtype === 'float16';
}
