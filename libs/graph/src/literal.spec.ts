import { bfloat16Bits, float16Bits, literal } from './literal';

describe('literal', () => {
  it('writes each type as TensorFlow reads it: little endian', () => {
    const bytes = (dtype: Parameters<typeof literal>[0], value: number) => [
      ...literal(dtype, [value], []).bytes,
    ];
    expect(bytes('float32', 1)).toEqual([0, 0, 0x80, 0x3f]);
    expect(bytes('int32', -2)).toEqual([0xfe, 0xff, 0xff, 0xff]);
    expect(bytes('int64', 2 ** 33)).toEqual([0, 0, 0, 0, 2, 0, 0, 0]);
    expect(bytes('uint8', 255)).toEqual([255]);
    expect(bytes('bool', 1)).toEqual([1]);
    expect(bytes('bfloat16', -1)).toEqual([0x80, 0xbf]);
    expect(bytes('float16', 1)).toEqual([0, 0x3c]);
  });
});

describe('bfloat16Bits', () => {
  it.each([
    [1, 0x3f80],
    [-0, 0x8000],
    [1 + 2 ** -8, 0x3f80], // a tie goes to the even neighbour below
    [1 + 3 * 2 ** -8, 0x3f82], // and above
    [1 + 2 ** -8 + 2 ** -16, 0x3f81],
    [Infinity, 0x7f80],
    [-Infinity, 0xff80],
    [3.4e38, 0x7f80],
    [NaN, 0x7fc0],
  ])('%p -> %p', (value, bits) => {
    expect(bfloat16Bits(value)).toBe(bits);
  });
});

describe('float16Bits', () => {
  it.each([
    [0, 0],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_520, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [0.1, 0x2e66],
    [1 - 2 ** -12, 0x3c00],
    [1 - 2 ** -11, 0x3bff],
    [-Infinity, 0xfc00],
    [NaN, 0x7e00],
  ])('%p -> %p', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });
});
