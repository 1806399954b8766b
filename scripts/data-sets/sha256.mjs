import { createHash } from 'node:crypto';

/**
 * @param {...Uint8Array} parts
 * @returns {string} SHA-256 of the parts one after the other, in hexadecimal
 */
export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
