import { encodeSafetensors, type NamedArray, type TensorFile } from '../data/safetensors';
import type { Optimizer } from '../nn/optimizer';
import type { Parameters } from '../nn/parameters';
import type { CheckpointStore } from '../run/checkpoint-store';
import { loadModel } from './model-file';

/** What changes from step to step, beside the number of the step. */
export interface TrainingState {
  parameters: Pick<Parameters, 'toArrays' | 'assign'>;
  optimizer: Pick<Optimizer, 'toArrays' | 'assign'>;
}

/** What sets the optimizer's arrays apart from the model's; no parameter's name has a slash. */
const OPTIMIZER = 'optimizer/';
const STEP = 'step';

/** Whether a file says of itself all that it should. */
export const isAbout = (file: TensorFile, about: Readonly<Record<string, string>>): boolean =>
  Object.entries(about).every(([key, value]) => file.metadata[key] === value);

/**
 * Writes a training as it stands after `step` steps, so that it can go on from there to the bit.
 * @param about what it trains; `resumeTraining` asks for the same
 */
export async function saveTraining(
  checkpoints: CheckpointStore,
  name: string,
  { parameters, optimizer }: TrainingState,
  step: number,
  about: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = await parameters.toArrays();
  for (const [key, array] of await optimizer.toArrays()) tensors.set(`${OPTIMIZER}${key}`, array);
  const metadata = { ...about, [STEP]: String(step) };
  await checkpoints.write(name, encodeSafetensors({ tensors, metadata }));
}

/**
 * Puts a training where `saveTraining` left it.
 * @returns the steps it has taken; null, with nothing changed, where there is no such file or it is about something else
 * @throws DataError when the file is not as it should be; the training may be half changed then.
 */
export async function resumeTraining(
  checkpoints: CheckpointStore,
  name: string,
  { parameters, optimizer }: TrainingState,
  about: Readonly<Record<string, string>>,
): Promise<number | null> {
  const file = await loadModel(checkpoints, name);
  const step = Number(file?.metadata[STEP]);
  if (!file || !isAbout(file, about) || !Number.isSafeInteger(step) || step < 0) return null;
  const state = new Map<string, NamedArray>();
  for (const [key, array] of file.tensors)
    if (key.startsWith(OPTIMIZER)) state.set(key.slice(OPTIMIZER.length), array);
  optimizer.assign(state);
  parameters.assign(file.tensors);
  return step;
}
