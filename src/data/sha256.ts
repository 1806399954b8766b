import { digestBytes } from '../spec/digest';

/** SHA-256 in hexadecimal, by the browser where it can: about ten times as fast as a script. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // Pages that are not served securely have no `subtle`, whatever the DOM types say.
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (subtle === undefined) return digestBytes(bytes);
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
