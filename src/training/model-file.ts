import { decodeSafetensors, encodeSafetensors, type NamedArray, type TensorFile } from '../data/safetensors';
import type { CheckpointStore } from '../run/checkpoint-store';

/** Writes a model's arrays, with a few words about it. */
export async function saveModel(
  checkpoints: CheckpointStore,
  name: string,
  tensors: ReadonlyMap<string, NamedArray>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await checkpoints.write(name, encodeSafetensors({ tensors, metadata }));
}

/**
 * What `saveModel` wrote; null where there is no such file.
 * @throws DataError when the file is not as it should be.
 */
export async function loadModel(checkpoints: CheckpointStore, name: string): Promise<TensorFile | null> {
  const bytes = await checkpoints.read(name);
  return bytes && decodeSafetensors(bytes);
}
