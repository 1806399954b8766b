import type { CheckpointStore } from '../run/checkpoint-store';
import { modelOf } from '../run/inspector';
import { saveModel } from './model-file';
import { modelArrays, type TrainingState } from './training-file';

/** Key of the metadata that says after how many steps a kept model stands. */
export const STEP = 'step';

/** A run's model as it is after an evaluation, kept for questions, and for whoever wants to take it away. */
export class KeptModel {
  /** Why it is not kept, in words; undefined where all is well. */
  trouble: string | undefined;
  readonly #state: TrainingState;
  readonly #checkpoints: CheckpointStore;
  readonly #name: string;

  constructor(state: TrainingState, checkpoints: CheckpointStore, runId: string) {
    this.#state = state;
    this.#checkpoints = checkpoints;
    this.#name = modelOf(runId);
    this.trouble = checkpoints.trouble;
  }

  /**
   * Puts the model of this step in the place of the one before. A storage that refuses costs the model and not the run, see
   * `trouble`.
   * @throws whatever reading the model from the device throws
   */
  async keep(step: number): Promise<void> {
    const arrays = await modelArrays(this.#state);
    try {
      await saveModel(this.#checkpoints, this.#name, arrays, { [STEP]: String(step) });
      this.trouble = this.#checkpoints.trouble;
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error);
    }
  }
}
