import { joined } from './bytes';

/** How a field's value is written (protocol buffers, "Encoding"). */
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/** A whole number from 0 to 2⁵³ in groups of seven bits, the lowest first. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7f) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Uint8Array.of(...bytes, rest);
}

const tag = (field: number, type: number): Uint8Array => varint(field * 8 + type);

/** A field of type `int64` that is not negative. */
export const wholeField = (field: number, value: number): Uint8Array =>
  joined([tag(field, VARINT), varint(value)]);

/** A field of type `double`. */
export function doubleField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return joined([tag(field, FIXED_64), bytes]);
}

/** A field of type `float`. */
export function floatField(field: number, value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return joined([tag(field, FIXED_32), bytes]);
}

/** A field of type `string`, or one that holds another message. */
export function delimitedField(field: number, content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return joined([tag(field, DELIMITED), varint(bytes.length), bytes]);
}
