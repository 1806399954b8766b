import { DataError } from '../../data/data-source';
import { decodeSafetensors, encodeSafetensors } from '../../data/safetensors';
import { decodeBundle, encodeBundle, type Bundle } from '../../run/bundle';
import type { RunRecord } from '../../run/record';
import { canonicalJson } from '../../spec/digest';

/** Ending of a model's file. */
export const MODEL_ENDING = '.safetensors';
/** Key of the metadata that holds the run as a bundle, in base64. The other keys are for people and other programs. */
const BUNDLE = 'seedlab';

/**
 * A run's stored model with the run itself in its metadata: what it is, how it was set, its curves and pictures, and a link
 * that opens the setting.
 * @param stored the model as the run left it, a safetensors file
 * @param bundle that run alone
 * @throws DataError where the stored file is damaged.
 */
export async function withRunInside(
  stored: Uint8Array,
  record: RunRecord,
  bundle: Omit<Bundle, 'records'>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { tensors, metadata } = decodeSafetensors(stored);
  const { experiment, variant, seed, spec, specDigest, build } = record;
  const { link } = bundle;
  return encodeSafetensors({
    tensors,
    metadata: {
      ...metadata,
      ...{ experiment, variant, seed: String(seed), spec: canonicalJson(spec), specDigest, build, link },
      [BUNDLE]: base64(await encodeBundle({ ...bundle, records: [record] })),
    },
  });
}

/**
 * Reads the run inside a file that `withRunInside` wrote.
 * @throws DataError with a sentence for a file that is no safetensors, cut off, of another program or of a later build.
 */
export async function runInside(file: Uint8Array): Promise<{ record: RunRecord; link: string }> {
  const text = decodeSafetensors(file).metadata[BUNDLE];
  if (text === undefined)
    throw new DataError(
      'This model does not come from Seedlab: its metadata name no run, so there is no setting to open.',
    );
  const damaged = 'This model’s metadata are not as Seedlab writes them.';
  const bytes = bytesOf(text);
  if (!bytes) throw new DataError(damaged);
  const { records, link } = await decodeBundle(bytes);
  const [record] = records;
  if (!record) throw new DataError(damaged);
  return { record, link };
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Null where it is no base64. */
function bytesOf(text: string): Uint8Array<ArrayBuffer> | null {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return null;
  }
}
