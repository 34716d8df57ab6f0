import type { SafeTensor } from './safetensors';

const floatTypes = ['F64', 'F32', 'BF16', 'F16'] as const;
export type FloatTensor = Extract<SafeTensor, { readonly dtype: (typeof floatTypes)[number] }>;

export const isFloatTensor = (tensor: SafeTensor): tensor is FloatTensor =>
  floatTypes.some((dtype) => dtype === tensor.dtype);

/** The elements as float32: exact for F32, BF16 and F16, rounded to nearest for F64. F32 data is not copied. */
export function asFloat32({ dtype, data }: FloatTensor): Float32Array {
  switch (dtype) {
    case 'F32':
      return data;
    case 'F64':
      return Float32Array.from(data);
    case 'BF16':
      // A bfloat16 is the upper half of a float32.
      return new Float32Array(Uint32Array.from(data, (bits) => bits << 16).buffer);
    case 'F16':
      return Float32Array.from(data, float16Value);
  }
}

/** IEEE 754 half precision: 1 bit of sign, 5 of exponent with bias 15, 10 of fraction. */
function float16Value(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}
