import { dtypeSizes, viewAs, type DTypeArrays, type SafetensorsDType } from './dtype';

interface TensorOf<D extends SafetensorsDType> {
  readonly dtype: D;
  readonly shape: readonly number[];
  readonly data: DTypeArrays[D];
}
/** One named array: `data` has the product of `shape` elements, in row-major order. */
export type SafeTensor = { [D in SafetensorsDType]: TensorOf<D> }[SafetensorsDType];

export interface DecodedSafetensors {
  readonly tensors: Readonly<Record<string, SafeTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The bytes are not a safetensors file, or the tensors cannot be written as one. */
export class SafetensorsError extends Error {
  override readonly name = 'SafetensorsError';
}

/** Bytes before the header: its length as a little-endian 64-bit integer. */
const PREFIX = 8;
const ALIGNMENT = 8;
/** The reference implementation refuses longer headers. */
const MAX_HEADER = 100_000_000;
const METADATA = '__metadata__';

interface HeaderEntry {
  readonly dtype: SafetensorsDType;
  readonly shape: readonly number[];
  readonly data_offsets: readonly [number, number];
}

/**
 * Writes tensors in the safetensors format (https://huggingface.co/docs/safetensors): header length, JSON header
 * padded with spaces to 8 bytes, then the data without gaps. The larger element types come first, so that every
 * tensor is aligned for its type.
 *
 * @throws SafetensorsError naming the tensor whose data does not fit its shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const parts = safetensorsParts(tensors, metadata);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    bytes.set(part, position);
    position += part.length;
  }
  return bytes;
}

/**
 * The same file in parts to be written one after the other: the header, then the tensors' own memory, not copied.
 *
 * @throws SafetensorsError naming the tensor whose data does not fit its shape
 */
export function safetensorsParts(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array[] {
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => dtypeSizes[b.dtype] - dtypeSizes[a.dtype] || (nameA < nameB ? -1 : 1),
  );
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = metadata;
  let offset = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    if (name === METADATA) throw new SafetensorsError(`a tensor may not be called ${METADATA}`);
    if (elements(shape) !== data.length)
      throw new SafetensorsError(
        `${name}: shape [${shape.join(', ')}] has ${elements(shape)} elements, its data ${data.length}`,
      );
    header[name] = { dtype, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }

  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const start = new Uint8Array(PREFIX + headerLength).fill(0x20, PREFIX);
  new DataView(start.buffer).setBigUint64(0, BigInt(headerLength), true);
  start.set(json, PREFIX);
  return [
    start,
    ...entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
  ];
}

/**
 * Reads a safetensors file. The tensors are views of `bytes` wherever their alignment allows it.
 *
 * @throws SafetensorsError saying what is wrong, with the tensor's name
 */
export function decodeSafetensors(bytes: Uint8Array): DecodedSafetensors {
  const { header, dataStart } = readHeader(bytes);
  const { [METADATA]: metadata = {}, ...entries } = header;
  const dataLength = bytes.length - dataStart;
  const parsed = Object.entries(entries).map(
    ([name, entry]) => [name, parseEntry(name, entry, dataLength)] as const,
  );
  checkCoverage(parsed, dataLength);
  const tensors = parsed.map(
    ([
      name,
      {
        dtype,
        shape,
        data_offsets: [begin, end],
      },
    ]) => [name, { dtype, shape, data: viewAs(dtype, bytes.subarray(dataStart + begin, dataStart + end)) }],
  );
  return {
    tensors: Object.fromEntries(tensors) as Record<string, SafeTensor>,
    metadata: parseMetadata(metadata),
  };
}

function readHeader(bytes: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < PREFIX)
    throw new SafetensorsError(`${bytes.length} bytes are too few for a safetensors file`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, PREFIX).getBigUint64(0, true));
  if (length > MAX_HEADER || PREFIX + length > bytes.length)
    throw new SafetensorsError(`the header should have ${length} bytes, the whole file has ${bytes.length}`);
  let header: unknown;
  try {
    header = JSON.parse(
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(PREFIX, PREFIX + length)),
    );
  } catch (error) {
    throw new SafetensorsError(`the header is not JSON: ${String(error)}`, { cause: error });
  }
  if (!isRecord(header)) throw new SafetensorsError('the header is not a JSON object');
  return { header, dataStart: PREFIX + length };
}

function parseEntry(name: string, entry: unknown, dataLength: number): HeaderEntry {
  if (!isRecord(entry)) throw new SafetensorsError(`${name}: its header entry is not an object`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== 'string' || !isDType(dtype))
    throw new SafetensorsError(
      `${name}: dtype ${JSON.stringify(dtype)} is none of ${Object.keys(dtypeSizes).join(', ')}`,
    );
  if (!isSizes(shape))
    throw new SafetensorsError(`${name}: shape ${JSON.stringify(shape)} is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2)
    throw new SafetensorsError(`${name}: data_offsets ${JSON.stringify(offsets)} is not a begin and an end`);
  const [begin, end] = offsets as readonly [number, number];
  if (begin > end || end > dataLength)
    throw new SafetensorsError(
      `${name}: data_offsets ${begin} to ${end} lie outside of the ${dataLength} bytes of data`,
    );
  const expected = elements(shape) * dtypeSizes[dtype];
  if (end - begin !== expected)
    throw new SafetensorsError(
      `${name}: ${dtype} [${shape.join(', ')}] takes ${expected} bytes, given ${end - begin}`,
    );
  return { dtype, shape, data_offsets: [begin, end] };
}

/** Every byte of data belongs to exactly one tensor, as the format demands. */
function checkCoverage(entries: readonly (readonly [string, HeaderEntry])[], dataLength: number): void {
  let position = 0;
  const inOrder = entries
    .map(([name, { data_offsets }]) => ({ name, begin: data_offsets[0], end: data_offsets[1] }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  for (const { name, begin, end } of inOrder) {
    if (begin !== position)
      throw new SafetensorsError(`${name}: begins at ${begin}, but the tensor before it ends at ${position}`);
    position = end;
  }
  if (position !== dataLength)
    throw new SafetensorsError(`the tensors end at ${position}, the data has ${dataLength} bytes`);
}

function parseMetadata(metadata: unknown): Record<string, string> {
  if (!isRecord(metadata) || Object.values(metadata).some((value) => typeof value !== 'string'))
    throw new SafetensorsError(`${METADATA} is not a map of text to text`);
  return metadata as Record<string, string>;
}

const elements = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isDType = (text: string): text is SafetensorsDType => text in dtypeSizes;
const isSizes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
