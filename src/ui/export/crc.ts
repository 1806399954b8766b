/** A cyclic redundancy check of 32 bits, reflected, as its table of one remainder per byte. */
function tableOf(polynomial: number): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++)
      remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
    return remainder;
  });
}

function checkWith(table: Uint32Array): (bytes: Uint8Array) => number {
  return (bytes) => {
    let crc = 0xffffffff;
    for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
    return ~crc >>> 0;
  };
}

/** CRC-32 of IEEE 802.3, which zip files carry. */
export const crc32 = checkWith(tableOf(0xedb88320));

/** CRC-32C of Castagnoli (RFC 3720, appendix B.4), which TFRecord files carry. */
export const crc32c = checkWith(tableOf(0x82f63b78));
