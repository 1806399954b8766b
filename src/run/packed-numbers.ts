/** Arrays of numbers that records hold. */
export type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Number types that a packed array is stored in, the smallest first. */
const STORED = {
  u8: Uint8Array,
  i8: Int8Array,
  u16: Uint16Array,
  i16: Int16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

const KINDS = { f64: Float64Array, f32: Float32Array, i32: Int32Array, u8: Uint8Array } as const;

/** A number type by its name in a packed file. */
export type StoredType = keyof typeof STORED;
/** What an array becomes again. */
export type NumbersKind = keyof typeof KINDS;

export interface Packed {
  kind: NumbersKind;
  type: StoredType;
  length: number;
  /** `length` numbers of the type, transposed: first every number's lowest byte, then every number's next, and so on. */
  bytes: Uint8Array<ArrayBuffer>;
}

const TYPES = Object.keys(STORED) as StoredType[];
const KIND_NAMES = Object.keys(KINDS) as NumbersKind[];

export const isStoredType = (name: unknown): name is StoredType => TYPES.some((type) => type === name);
export const isNumbersKind = (name: unknown): name is NumbersKind => KIND_NAMES.some((kind) => kind === name);
export const bytesPerNumber = (type: StoredType): number => STORED[type].BYTES_PER_ELEMENT;

/** An array of numbers of one of the kinds that records hold. */
export const isNumbers = (value: unknown): value is Numbers =>
  KIND_NAMES.some((kind) => value instanceof KINDS[kind]);

const kindOf = (numbers: Numbers): NumbersKind =>
  KIND_NAMES.find((kind) => numbers instanceof KINDS[kind]) ?? 'f64';

/**
 * Numbers in the smallest type that holds every one of them exactly, NaN, infinities and −0 included. Their bytes are
 * transposed because the higher ones of a curve hardly change from point to point, which compresses well.
 */
export function packNumbers(numbers: Numbers): Packed {
  const kind = kindOf(numbers);
  const type = TYPES.find((candidate) => holds(candidate, numbers)) ?? 'f64';
  const stored = new STORED[type](numbers);
  return { kind, type, length: numbers.length, bytes: transposed(bytesOf(stored), bytesPerNumber(type)) };
}

/** The array that was packed, to the bit but for the payload of a NaN. */
export function unpackNumbers({ kind, type, length, bytes }: Packed): Numbers {
  const straight = transposed(bytes, length);
  const stored = new STORED[type](straight.buffer, 0, length);
  return new KINDS[kind](stored);
}

function holds(type: StoredType, numbers: Numbers): boolean {
  const one = new STORED[type](1);
  return numbers.every((number) => {
    one[0] = number;
    return Object.is(one[0], number);
  });
}

const bytesOf = (numbers: { buffer: ArrayBuffer; byteOffset: number; byteLength: number }) =>
  new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);

/** A row-major matrix of bytes `[n, rows]`, transposed to `[rows, n]`. */
function transposed(bytes: Uint8Array, rows: number): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length);
  const n = rows === 0 ? 0 : bytes.length / rows;
  for (let row = 0; row < rows; row++)
    for (let i = 0; i < n; i++) result[row * n + i] = bytes[i * rows + row] ?? 0;
  return result;
}
