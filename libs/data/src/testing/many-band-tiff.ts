const [SHORT, LONG] = [3, 4];
const HEADER_BYTES = 8;

/**
 * An uncompressed TIFF of RGB and further channels, as satellites send, of zeros. No library here writes one.
 *
 * @param bands channels in all, at least 4; the last is transparency
 */
export function manyBandTiff(width: number, height: number, bands: number): Buffer {
  const pixels = Buffer.alloc(width * height * bands);
  const shorts = (values: readonly number[]) => Buffer.from(Uint16Array.from(values).buffer);
  const bits = shorts(Array<number>(bands).fill(8));
  const extra = shorts([...Array<number>(bands - 4).fill(0), 2]);
  const bitsAt = HEADER_BYTES + pixels.length;
  const extraAt = bitsAt + bits.length;
  const directoryAt = extraAt + extra.length;
  const fits = extra.length <= 4;
  // Tag, type, count, and the value or where it is: TIFF 6.0, section 2.
  const entries: readonly (readonly [number, number, number, number])[] = [
    [256, LONG, 1, width],
    [257, LONG, 1, height],
    [258, SHORT, bands, bitsAt],
    [259, SHORT, 1, 1],
    [262, SHORT, 1, 2],
    [273, LONG, 1, HEADER_BYTES],
    [277, SHORT, 1, bands],
    [278, LONG, 1, height],
    [279, LONG, 1, pixels.length],
    [338, SHORT, extra.length / 2, fits ? extra.readUIntLE(0, extra.length) : extraAt],
  ];
  const directory = Buffer.alloc(2 + 12 * entries.length + 4);
  directory.writeUInt16LE(entries.length);
  entries.forEach(([tag, type, count, value], i) => {
    const at = 2 + 12 * i;
    directory.writeUInt16LE(tag, at);
    directory.writeUInt16LE(type, at + 2);
    directory.writeUInt32LE(count, at + 4);
    directory.writeUInt32LE(value, at + 8);
  });
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('II*');
  header.writeUInt32LE(directoryAt, 4);
  return Buffer.concat([header, pixels, bits, extra, directory]);
}
