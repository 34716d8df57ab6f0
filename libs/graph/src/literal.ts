import { dtypeBytes, type DType } from './dtype';
import type { TensorLiteral } from './attribute';
import type { Shape } from './shape';

export type ConstantDType = Exclude<DType, 'resource'>;
export type LiteralValues = number | ArrayLike<number>;

/** Encodes numbers as TensorFlow stores them: little endian, row-major. */
export function literal(dtype: ConstantDType, values: ArrayLike<number>, shape: Shape): TensorLiteral {
  const width = dtypeBytes[dtype];
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) write(view, i * width, dtype, values[i] ?? 0);
  return { dtype, shape, bytes };
}

function write(view: DataView, at: number, dtype: ConstantDType, value: number): void {
  switch (dtype) {
    case 'float32':
      view.setFloat32(at, value, true);
      return;
    case 'bfloat16':
      view.setUint16(at, bfloat16Bits(value), true);
      return;
    case 'float16':
      view.setUint16(at, float16Bits(value), true);
      return;
    case 'int32':
      view.setInt32(at, value, true);
      return;
    case 'int64':
      view.setBigInt64(at, BigInt(value), true);
      return;
    case 'uint8':
    case 'bool':
      view.setUint8(at, value);
  }
}

/** The upper half of the float32 nearest to `value`, ties to even. */
export function bfloat16Bits(value: number): number {
  const [bits = 0] = new Uint32Array(Float32Array.of(value).buffer);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** IEEE half precision, nearest, ties to even; overflow becomes infinity. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65_520) return sign | 0x7c00;
  // Below 2^-14 the spacing is that of the smallest exponent: subnormal numbers.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(magnitude, 2 ** -24))));
  const units = roundToEven(magnitude / 2 ** (exponent - 10));
  // A normal number has 1,024 to 2,048 units; the carry into the exponent comes out right by addition.
  return sign | ((exponent + 14) * 1024 + units);
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
