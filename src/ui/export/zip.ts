import { joined, littleEndian } from './bytes';
import { crc32 } from './crc';

export interface ZipEntry {
  /** With slashes between folders. */
  path: string;
  bytes: Uint8Array;
}

const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
/** Version 2.0 of the format: the first that knows folders. */
const VERSION = 20;
/** Names are UTF-8. */
const UTF8 = 0x0800;
const MOST_BYTES = 2 ** 32 - 1;
const MOST_ENTRIES = 2 ** 16 - 1;

/**
 * A zip file that stores its entries without compressing them (APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16).
 * @param modified milliseconds since 1970, written as that moment in UTC
 * @throws RangeError past 4 GB or 65,535 entries.
 */
export function zipOf(entries: readonly ZipEntry[], modified: number): Uint8Array<ArrayBuffer> {
  const files: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  const [date, time] = dosMoment(modified);
  let offset = 0;
  for (const { path, bytes } of entries) {
    const name = new TextEncoder().encode(path);
    const described = littleEndian([
      [VERSION, 2],
      [UTF8, 2],
      [0, 2], // stored
      [time, 2],
      [date, 2],
      [crc32(bytes), 4],
      [bytes.length, 4],
      [bytes.length, 4],
      [name.length, 2],
      [0, 2], // no extra field
    ]);
    const local = joined([littleEndian([[LOCAL, 4]]), described, name]);
    files.push(local, bytes);
    const rest = littleEndian([
      [0, 2], // no comment
      [0, 2], // first disk
      [0, 2], // internal attributes
      [0, 4], // external attributes
      [offset, 4],
    ]);
    const head = littleEndian([
      [CENTRAL, 4],
      [VERSION, 2],
    ]);
    directory.push(head, described, rest, name);
    offset += local.length + bytes.length;
  }
  const index = joined(directory);
  if (offset + index.length > MOST_BYTES || entries.length > MOST_ENTRIES)
    throw new RangeError('too much for one zip file: choose fewer runs');
  const end = littleEndian([
    [END, 4],
    [0, 2],
    [0, 2],
    [entries.length, 2],
    [entries.length, 2],
    [index.length, 4],
    [offset, 4],
    [0, 2],
  ]);
  return joined([...files, index, end]);
}

/** Date and time as MS-DOS packs them, to two seconds. */
function dosMoment(ms: number): [date: number, time: number] {
  const at = new Date(ms);
  return [
    ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
    (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
  ];
}
