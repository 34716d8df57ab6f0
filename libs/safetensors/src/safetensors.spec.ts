import { decodeSafetensors, encodeSafetensors, SafetensorsError, type SafeTensor } from './safetensors';

const weight: SafeTensor = { dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, -2, 3.5, Number.NaN) };
const all: Record<string, SafeTensor> = {
  weight,
  bytes: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) },
  flags: { dtype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
  half: { dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xbc00) },
  brain: { dtype: 'BF16', shape: [1], data: Uint16Array.of(0x3f80) },
  counts: { dtype: 'I32', shape: [], data: Int32Array.of(-7) },
  wide: { dtype: 'F64', shape: [1], data: Float64Array.of(1 / 3) },
  big: { dtype: 'I64', shape: [1], data: BigInt64Array.of(-(2n ** 60n)) },
  none: { dtype: 'F32', shape: [0, 4], data: new Float32Array(0) },
};

/** A file with this header, however wrong it is. */
function file(header: unknown, dataLength: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe('safetensors', () => {
  it('gives back every type, shape and bit', () => {
    const { tensors, metadata } = decodeSafetensors(encodeSafetensors(all, { format: 'pt' }));
    expect(tensors).toEqual(all);
    expect(metadata).toEqual({ format: 'pt' });
  });

  it('reads from a buffer that is not aligned', () => {
    const shifted = new Uint8Array([0, ...encodeSafetensors(all)]).subarray(1);
    expect(decodeSafetensors(shifted).tensors).toEqual(all);
  });

  it('writes the layout of the reference implementation', () => {
    const bytes = encodeSafetensors({ w: { dtype: 'F32', shape: [1], data: Float32Array.of(1) } });
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}';
    expect(Buffer.from(bytes).toString('latin1')).toBe(`8\0\0\0\0\0\0\0${header.padEnd(56)}\0\0\u0080?`);
  });

  it('starts the data at a multiple of 8', () => {
    const length = new DataView(encodeSafetensors(all).buffer).getBigUint64(0, true);
    expect(length % 8n).toBe(0n);
  });

  it('refuses to write data that does not fit its shape', () => {
    expect(() => encodeSafetensors({ w: { ...weight, shape: [3] } })).toThrow(
      'w: shape [3] has 3 elements, its data 4',
    );
  });

  const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
  it.each([
    ['too short a file', new Uint8Array(3), '3 bytes are too few'],
    ['a header longer than the file', file({}, 0).fill(200, 0, 2), 'the header should have 51400 bytes'],
    ['a header that is not JSON', file('{', 0), 'the header is not JSON'],
    ['a header that is a list', file([], 0), 'not a JSON object'],
    ['an unknown dtype', file({ w: { ...entry, dtype: 'F8' } }, 4), 'w: dtype "F8" is none of'],
    ['a negative size', file({ w: { ...entry, shape: [-1] } }, 4), 'w: shape [-1]'],
    ['missing offsets', file({ w: { dtype: 'F32', shape: [1] } }, 4), 'w: data_offsets undefined'],
    ['data cut short', file({ w: entry }, 3), 'w: data_offsets 0 to 4 lie outside of the 3 bytes'],
    [
      'a size that is not its shape',
      file({ w: { ...entry, shape: [2] } }, 4),
      'w: F32 [2] takes 8 bytes, given 4',
    ],
    [
      'overlapping tensors',
      file({ a: entry, b: entry }, 4),
      'b: begins at 0, but the tensor before it ends at 4',
    ],
    ['bytes of no tensor', file({ w: entry }, 5), 'the tensors end at 4, the data has 5 bytes'],
    ['metadata that is not text', file({ __metadata__: { a: 1 }, w: entry }, 4), '__metadata__ is not a map'],
  ])('refuses %s', (_what, bytes, message) => {
    expect(() => decodeSafetensors(bytes)).toThrow(SafetensorsError);
    expect(() => decodeSafetensors(bytes)).toThrow(message);
  });
});
