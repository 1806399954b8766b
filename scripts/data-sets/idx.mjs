/** The IDX format of MNIST: two zero bytes, element type, rank, big-endian sizes, then the elements. */

const UNSIGNED_BYTE = 0x08;

/**
 * @param {Buffer} file
 * @returns {{ dimensions: number[], values: Buffer }}
 * @throws Error where the header and the length disagree.
 */
export function parseIdx(file) {
  if (file.length < 8 || file.readUInt16BE(0) !== 0 || file[2] !== UNSIGNED_BYTE) {
    throw new Error('Not an IDX file of unsigned bytes.');
  }
  const rank = file[3];
  const dimensions = Array.from({ length: rank }, (_, axis) => file.readUInt32BE(4 + 4 * axis));
  const values = file.subarray(4 + 4 * rank);
  const expected = dimensions.reduce((product, size) => product * size, 1);
  if (values.length !== expected) throw new Error(`IDX file holds ${values.length} bytes, not ${expected}.`);
  return { dimensions, values };
}

/**
 * The whole IDX file for these values.
 * @param {readonly number[]} dimensions
 * @param {Uint8Array} values
 */
export function formatIdx(dimensions, values) {
  const header = Buffer.alloc(4 + 4 * dimensions.length);
  header[2] = UNSIGNED_BYTE;
  header[3] = dimensions.length;
  dimensions.forEach((size, axis) => header.writeUInt32BE(size, 4 + 4 * axis));
  return Buffer.concat([header, values]);
}
