import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../data/safetensors';
import type { Parameters } from '../nn/parameters';
import type { CheckpointStore } from '../run/checkpoint-store';

/** Writes a model's parameters as they are now, with a few words about it. */
export async function saveModel(
  checkpoints: CheckpointStore,
  name: string,
  parameters: Pick<Parameters, 'toArrays'>,
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  await checkpoints.write(name, encodeSafetensors({ tensors: await parameters.toArrays(), metadata }));
}

/**
 * What `saveModel` wrote; null where there is no such file.
 * @throws DataError when the file is not as it should be.
 */
export async function loadModel(checkpoints: CheckpointStore, name: string): Promise<TensorFile | null> {
  const bytes = await checkpoints.read(name);
  return bytes && decodeSafetensors(bytes);
}
