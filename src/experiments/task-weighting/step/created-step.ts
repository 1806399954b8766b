import type { CaptureOutcome } from '../../../engine/capture-outcome';
import { joinStates, type SavedState } from '../../../nn/saved-state';
import type { EpochWeights } from './dwa-weights';
import type { GradientProbe } from './gradient-probe';
import type { Measurement } from './measurement';
import type { Measuring } from './measuring';
import type { CapturedTaskStep, StepScalar, StepVector, TaskInputValues, TaskStep } from './task-step';

/** What a step trains with. */
export interface TrainingCore {
  captured: CapturedTaskStep;
  settingsAt(step: number, learningRate: number): Float32Array;
  parameterName(nonFinite: number): string;
  /** Of optimizers and method: all that a step changes besides the model. */
  state: SavedState;
  /** Tells the gradient of a step that is to be measured. */
  probe(): GradientProbe;
  flopsPerImage: number;
  description: Readonly<Record<string, string>>;
  /** Frees the captured step and all state that is the training's own. */
  dispose(): void;
}

/** The training's core with what happens around its steps: weights from earlier epochs, measurements. */
export class CreatedStep implements TaskStep {
  readonly #core: TrainingCore;
  readonly #tasks: number;
  readonly #epochWeights: EpochWeights | null;
  readonly #measuring: Measuring | null;

  constructor(
    core: TrainingCore,
    tasks: number,
    { epochWeights, measuring }: { epochWeights: EpochWeights | null; measuring: Measuring | null },
  ) {
    this.#core = core;
    this.#tasks = tasks;
    this.#epochWeights = epochWeights;
    this.#measuring = measuring;
  }

  get outcome(): CaptureOutcome | null {
    return this.#core.captured.outcome;
  }

  get flopsPerImage(): number {
    return this.#core.flopsPerImage;
  }

  get state(): SavedState {
    const epochs = this.#epochWeights?.state;
    return joinStates({ core: this.#core.state, ...(epochs && { epochs }) });
  }

  get measurementMs(): number | null {
    return this.#measuring?.milliseconds ?? null;
  }

  inputsAt(
    at: number,
    { indices, epoch, learningRate }: { indices: Int32Array; epoch: number; learningRate: number },
  ): TaskInputValues {
    const weights = this.#epochWeights?.weightsAt(at, epoch) ?? new Float64Array(this.#tasks);
    return {
      indices,
      settings: this.#core.settingsAt(at, learningRate),
      step: Int32Array.of(at),
      weights: Float32Array.from(weights),
    };
  }

  observe(at: number, losses: ArrayLike<number>): void {
    this.#epochWeights?.observe(at, losses);
  }

  needsReport(at: number, epoch: number): boolean {
    return this.#epochWeights?.needsReport(at, epoch) ?? false;
  }

  async run(inputs: TaskInputValues): Promise<void> {
    const [at = 0] = inputs.step;
    if (this.#measuring?.isDue(at))
      await this.#measuring.around(inputs, () => this.#core.captured.run(inputs));
    else await this.#core.captured.run(inputs);
  }

  read(): Promise<Record<StepScalar | StepVector, Float32Array>> {
    return this.#core.captured.read();
  }

  takeMeasurement(at: number): Measurement | null {
    return this.#measuring?.take(at) ?? null;
  }

  parameterName(nonFinite: number): string {
    return this.#core.parameterName(nonFinite);
  }

  describe(): Readonly<Record<string, string>> {
    return this.#core.description;
  }

  dispose(): void {
    this.#measuring?.dispose();
    this.#core.dispose();
  }
}
