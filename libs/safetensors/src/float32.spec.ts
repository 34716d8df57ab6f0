import { asFloat32, isFloatTensor } from './float32';

describe('asFloat32', () => {
  it('reads half precision: normal, subnormal, infinite and signed numbers', () => {
    const data = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001, 0x8400, 0x7c00, 0x0000);
    expect([...asFloat32({ dtype: 'F16', shape: [8], data })]).toEqual([
      1,
      -2,
      0.333251953125,
      65_504,
      2 ** -24,
      -(2 ** -14),
      Infinity,
      0,
    ]);
    expect(asFloat32({ dtype: 'F16', shape: [1], data: Uint16Array.of(0x7e00) })[0]).toBeNaN();
  });

  it('reads bfloat16 and double precision', () => {
    const data = Uint16Array.of(0x3f80, 0xc049, 0x7f80);
    expect([...asFloat32({ dtype: 'BF16', shape: [3], data })]).toEqual([1, -3.140625, Infinity]);
    expect([...asFloat32({ dtype: 'F64', shape: [1], data: Float64Array.of(1 / 3) })]).toEqual([
      Math.fround(1 / 3),
    ]);
  });

  it('hands out float32 data as it is', () => {
    const data = Float32Array.of(1, 2);
    expect(asFloat32({ dtype: 'F32', shape: [2], data })).toBe(data);
  });
});

it('whole numbers are no floats', () => {
  expect(isFloatTensor({ dtype: 'I64', shape: [], data: BigInt64Array.of(1n) })).toBe(false);
  expect(isFloatTensor({ dtype: 'F16', shape: [], data: Uint16Array.of(1) })).toBe(true);
});
