import { DataError } from './data-source';

/** A named array of numbers with its shape. */
export interface NamedArray {
  shape: readonly number[];
  values: Float32Array | Int32Array;
}

/** Tensors by name, with a few words about them, as one file in the safetensors format holds them. */
export interface TensorFile {
  tensors: ReadonlyMap<string, NamedArray>;
  metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const METADATA = '__metadata__';
/** Size of the header's length, a 64-bit whole number. */
const LENGTH_BYTES = 8;
/** The format's own limit on headers. */
const MOST_HEADER_BYTES = 100_000_000;

const dtypeOf = (values: Float32Array | Int32Array) => (values instanceof Float32Array ? 'F32' : 'I32');
const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

/**
 * Writes tensors as a safetensors file: the header's length (u64, little-endian), the header in JSON padded with spaces to
 * a multiple of 8 bytes, the numbers in little-endian. Equal contents in equal order give equal bytes.
 * @throws RangeError when a shape does not hold as many numbers as it was given.
 */
export function encodeSafetensors({ tensors, metadata }: TensorFile): Uint8Array<ArrayBuffer> {
  const header: Record<string, HeaderEntry | Readonly<Record<string, string>>> = { [METADATA]: metadata };
  let end = 0;
  for (const [name, { shape, values }] of tensors) {
    if (name === METADATA) throw new RangeError(`a tensor cannot be named ${METADATA}`);
    if (sizeOf(shape) !== values.length)
      throw new RangeError(`${name}: [${shape.join(', ')}] does not hold ${values.length} numbers`);
    const start = end;
    end += 4 * values.length;
    header[name] = { dtype: dtypeOf(values), shape: [...shape], data_offsets: [start, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(LENGTH_BYTES + headerBytes + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerBytes), true);
  file.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerBytes);
  file.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + headerBytes;
  for (const { values } of tensors.values()) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file;
}

/**
 * Reads a safetensors file of 32-bit floats and whole numbers.
 * @throws DataError that says what is wrong with the file.
 */
export function decodeSafetensors(file: Uint8Array): TensorFile {
  const { header, dataStart } = readHeader(file);
  const tensors = new Map<string, NamedArray>();
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === METADATA) {
      metadata = readMetadata(entry);
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = readEntry(name, entry);
    const [start, end] = offsets;
    if (end - start !== 4 * sizeOf(shape))
      throw new DataError(`${name}: [${shape.join(', ')}] does not take ${end - start} bytes`);
    if (start < 0 || dataStart + end > file.length)
      throw new DataError(`${name} lies outside the file: it was cut off`);
    const bytes = Uint8Array.from(file.subarray(dataStart + start, dataStart + end)).buffer; // a copy, and so aligned
    tensors.set(name, { shape, values: dtype === 'F32' ? new Float32Array(bytes) : new Int32Array(bytes) });
  }
  return { tensors, metadata };
}

function readHeader(file: Uint8Array): { header: Record<string, unknown>; dataStart: number } {
  if (file.length < LENGTH_BYTES) throw new DataError('This is no safetensors file: it is too short');
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > MOST_HEADER_BYTES || LENGTH_BYTES + headerBytes > file.length)
    throw new DataError('This is no safetensors file, or it was cut off: its header does not fit');
  const dataStart = LENGTH_BYTES + headerBytes;
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(file.subarray(LENGTH_BYTES, dataStart)));
    if (isRecord(header)) return { header, dataStart };
  } catch {
    // Said below.
  }
  throw new DataError('This is no safetensors file: its header is not JSON');
}

function readEntry(name: string, entry: unknown): HeaderEntry {
  if (isRecord(entry)) {
    const { dtype, shape, data_offsets: offsets } = entry;
    if (typeof dtype === 'string' && isNumbers(shape) && isNumbers(offsets)) {
      const [start, end] = offsets;
      if (dtype !== 'F32' && dtype !== 'I32')
        throw new DataError(`${name} is of type ${dtype}; only F32 and I32 can be read here`);
      if (start !== undefined && end !== undefined && offsets.length === 2)
        return { dtype, shape, data_offsets: [start, end] };
    }
  }
  throw new DataError(`The header's entry for ${name} is not as the safetensors format wants it`);
}

function readMetadata(entry: unknown): Readonly<Record<string, string>> {
  if (!isRecord(entry)) throw new DataError('The metadata is no table');
  return Object.fromEntries(Object.entries(entry).map(([key, value]) => [key, String(value)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && Number(each) >= 0);
