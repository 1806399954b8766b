import { encodeSafetensors, type NamedArray, type TensorFile } from '../data/safetensors';
import type { Parameters } from '../nn/parameters';
import { arraysUnder, type SavedState } from '../nn/saved-state';
import type { CheckpointStore } from '../run/checkpoint-store';
import { loadModel } from './model-file';

/** What changes from step to step, beside the number of the step. */
export interface TrainingState {
  parameters: Pick<Parameters, 'toArrays' | 'restore'>;
  /** What the model has besides, and learns nothing of: the running statistics of its norms. */
  buffers?: SavedState;
  optimizer: SavedState;
  /** What else changes: what a method or a measure remembers. */
  extra?: SavedState;
}

/** What sets other arrays apart from the model's; no parameter's name has a slash. */
const BUFFERS = 'buffers/';
const OPTIMIZER = 'optimizer/';
const EXTRA = 'extra/';
const STEP = 'step';

/** Whether a file says of itself all that it should. */
export const isAbout = (file: TensorFile, about: Readonly<Record<string, string>>): boolean =>
  Object.entries(about).every(([key, value]) => file.metadata[key] === value);

/** The model as it stands, as arrays for a file: parameters by their names, what it has besides under `buffers/`. */
export async function modelArrays({
  parameters,
  buffers,
}: Pick<TrainingState, 'parameters' | 'buffers'>): Promise<Map<string, NamedArray>> {
  const arrays = await parameters.toArrays();
  if (buffers) for (const [key, array] of await buffers.toArrays()) arrays.set(`${BUFFERS}${key}`, array);
  return arrays;
}

/** A training as it stands, as arrays for a file. */
export async function trainingArrays(state: TrainingState): Promise<Map<string, NamedArray>> {
  const { optimizer, extra } = state;
  const arrays = await modelArrays(state);
  for (const [key, array] of await optimizer.toArrays()) arrays.set(`${OPTIMIZER}${key}`, array);
  if (extra) for (const [key, array] of await extra.toArrays()) arrays.set(`${EXTRA}${key}`, array);
  return arrays;
}

/**
 * Puts a training where `trainingArrays` told that it stood.
 * @throws DataError when the arrays are not its own; it may be half changed then.
 */
export function restoreTraining(
  { parameters, buffers, optimizer, extra }: TrainingState,
  arrays: ReadonlyMap<string, NamedArray>,
): void {
  buffers?.assign(arraysUnder(BUFFERS, arrays));
  optimizer.assign(arraysUnder(OPTIMIZER, arrays));
  extra?.assign(arraysUnder(EXTRA, arrays));
  parameters.restore(arrays);
}

/**
 * Writes a training as it stands after `step` steps, so that it can go on from there to the bit.
 * @param about what it trains; `resumeTraining` asks for the same
 */
export async function saveTraining(
  checkpoints: CheckpointStore,
  name: string,
  state: TrainingState,
  step: number,
  about: Readonly<Record<string, string>>,
): Promise<void> {
  const tensors = await trainingArrays(state);
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
  state: TrainingState,
  about: Readonly<Record<string, string>>,
): Promise<number | null> {
  const file = await loadModel(checkpoints, name);
  const step = Number(file?.metadata[STEP]);
  if (!file || !isAbout(file, about) || !Number.isSafeInteger(step) || step < 0) return null;
  restoreTraining(state, file.tensors);
  return step;
}
