import { DataError } from '../data/data-source';
import { digestBytes } from '../spec/digest';
import { checkedRecord } from './checked-record';
import {
  bytesPerNumber,
  isNumbers,
  isNumbersKind,
  isStoredType,
  packNumbers,
  unpackNumbers,
  type NumbersKind,
  type StoredType,
} from './packed-numbers';
import type { RunRecord } from './record';

/** Ending of a bundle's file name. */
export const BUNDLE_ENDING = '.seedlab';

/** A setting and its runs in one file, for others to look at. */
export interface Bundle {
  /** Query and hash of the link that opens the setting. */
  link: string;
  /** Build of the page or the command that wrote it. */
  build: string;
  /** Milliseconds since 1970. */
  madeAt: number;
  /** Complete: with every series and snapshot. */
  records: readonly RunRecord[];
}

/** Version of the file's format. Every released version stays readable. */
const FORMAT = 1;
/** First bytes of what the gzip holds, so that no other file is taken for a bundle. */
const MAGIC = new TextEncoder().encode('seedlab\n');
/** More than this unpacked is taken for an attack or an accident. */
const MOST_BYTES = 2 ** 30;

const NO_BUNDLE = 'This file is not a Seedlab bundle.';
const DAMAGED = 'This bundle is damaged or cut off. Fetch or export it again.';

/**
 * A bundle as a file: gzip of
 *
 *     "seedlab\n" · length of the header (uint32, little-endian) · header (JSON, UTF-8) · columns
 *
 * The header holds everything; where a record has an array of numbers it has `{ "column": i }`, and `columns[i]` of the
 * header says in which type and how many (`packNumbers`). Equal arrays are stored once. A number that JSON lacks stands as
 * `{ "number": "NaN" }`.
 */
export async function encodeBundle(bundle: Bundle): Promise<Uint8Array<ArrayBuffer>> {
  const columns = new Columns();
  const tree = withoutNumbers({ ...bundle }, columns);
  const header = new TextEncoder().encode(
    JSON.stringify({ format: FORMAT, bundle: tree, columns: columns.described }),
  );
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, header.length, true);
  const parts = [MAGIC, size, header, ...columns.parts];
  const packed = new Blob(parts).stream().pipeThrough(new CompressionStream('gzip'));
  return await readAll(packed, Infinity);
}

/**
 * Reads a bundle of this or an earlier build; its records are brought to the present schema.
 * @throws DataError with a sentence for a file that is no bundle, cut off, damaged, or of a later build.
 */
export async function decodeBundle(bytes: Uint8Array<ArrayBuffer>): Promise<Bundle> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new DataError(NO_BUNDLE);
  const content = await unpack(bytes);
  if (!MAGIC.every((byte, i) => content[i] === byte)) throw new DataError(NO_BUNDLE);
  const start = MAGIC.length + 4;
  if (content.length < start) throw new DataError(DAMAGED);
  const length = new DataView(content.buffer).getUint32(MAGIC.length, true);
  const header = parsed(content.subarray(start, start + length));
  const { format, bundle, columns } = header;
  if (typeof format !== 'number') throw new DataError(DAMAGED);
  if (format > FORMAT)
    throw new DataError(
      `This bundle was made by a later version of Seedlab (its format is ${format}, this page reads up to ${FORMAT}). Reload the page to get the newest version.`,
    );
  const arrays = columnsOf(columns, content.subarray(start + length));
  return checkedBundle(withNumbers(bundle, arrays));
}

async function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readAll(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip')), MOST_BYTES);
  } catch (error) {
    if (error instanceof RangeError)
      throw new DataError(`This bundle is too large: it unpacks to more than ${MOST_BYTES / 2 ** 20} MB.`);
    throw new DataError(DAMAGED, { cause: error });
  }
}

/** @throws RangeError past `most` bytes. */
async function readAll(stream: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // `for await` over a stream is missing in some browsers.
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    length += next.value.length;
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`more than ${most} bytes`);
    }
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

interface DescribedColumn {
  kind: NumbersKind;
  type: StoredType;
  length: number;
}

/** The arrays of a bundle that is being written, each kept once. */
class Columns {
  readonly described: DescribedColumn[] = [];
  readonly parts: Uint8Array<ArrayBuffer>[] = [];
  readonly #known = new Map<string, number>();

  /** Where an array stands. */
  add(numbers: Parameters<typeof packNumbers>[0]): number {
    const { bytes, ...described } = packNumbers(numbers);
    const key = `${described.kind} ${described.type} ${digestBytes(bytes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#known.set(key, this.parts.length);
    this.described.push(described);
    return this.parts.push(bytes) - 1;
  }
}

/** Plain JSON of a value, with its arrays of numbers moved into columns. */
function withoutNumbers(value: unknown, columns: Columns): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) return { number: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  if (isNumbers(value)) return { column: columns.add(value) };
  if (Array.isArray(value)) return value.map((entry: unknown) => withoutNumbers(entry, columns));
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, withoutNumbers(entry, columns)]),
  );
}

/** The opposite of `withoutNumbers`. */
function withNumbers(value: unknown, arrays: readonly ReturnType<typeof unpackNumbers>[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry: unknown) => withNumbers(entry, arrays));
  const entries: [string, unknown][] = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first) {
    const [key, entry] = first;
    if (key === 'number' && typeof entry === 'string') return Number(entry);
    if (key === 'column' && typeof entry === 'number') {
      const array = arrays[entry];
      if (!array) throw new DataError(DAMAGED);
      return array;
    }
  }
  return Object.fromEntries(entries.map(([key, entry]) => [key, withNumbers(entry, arrays)]));
}

function parsed(header: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(header));
    if (isObject(json)) return json;
  } catch {
    // Neither UTF-8 nor JSON: told below.
  }
  throw new DataError(DAMAGED);
}

function columnsOf(described: unknown, bytes: Uint8Array): ReturnType<typeof unpackNumbers>[] {
  if (!Array.isArray(described)) throw new DataError(DAMAGED);
  let at = 0;
  return described.map((column: unknown) => {
    if (!isObject(column)) throw new DataError(DAMAGED);
    const { kind, type, length } = column;
    if (!isNumbersKind(kind) || !isStoredType(type) || !isCount(length)) throw new DataError(DAMAGED);
    const end = at + length * bytesPerNumber(type);
    if (end > bytes.length) throw new DataError(DAMAGED);
    const part = bytes.slice(at, end);
    at = end;
    return unpackNumbers({ kind, type, length, bytes: part });
  });
}

function checkedBundle(bundle: unknown): Bundle {
  if (!isObject(bundle)) throw new DataError(DAMAGED);
  const { link, build, madeAt, records } = bundle;
  if (
    typeof link !== 'string' ||
    typeof build !== 'string' ||
    typeof madeAt !== 'number' ||
    !Array.isArray(records)
  )
    throw new DataError(DAMAGED);
  return { link, build, madeAt, records: records.map((record: unknown) => checkedRecord(record, DAMAGED)) };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
