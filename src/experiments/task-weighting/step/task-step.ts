import type { CapturedStep } from '../../../engine/captured-step';
import type { InputTensors, InputValues } from '../../../engine/step-inputs';
import type { SavedState } from '../../../nn/saved-state';
import type { Measurement } from './measurement';

/** What differs from step to step. */
export type TaskInputs = {
  /** `[batch]` */
  indices: { dtype: 'int32'; shape: readonly [number] };
  /** Of the optimizers. */
  settings: { dtype: 'float32'; shape: readonly [number] };
  /** `[1]`, counted from 1: where the random streams stand. */
  step: { dtype: 'int32'; shape: readonly [number] };
  /** `[tasks]`: the weights, where they come from other steps, as DWA's; else they are not looked at. */
  weights: { dtype: 'float32'; shape: readonly [number] };
};

export const taskInputs = (batch: number, settings: number, tasks: number): TaskInputs => ({
  indices: { dtype: 'int32', shape: [batch] },
  settings: { dtype: 'float32', shape: [settings] },
  step: { dtype: 'int32', shape: [1] },
  weights: { dtype: 'float32', shape: [tasks] },
});

export type TaskInputTensors = InputTensors<TaskInputs>;
export type TaskInputValues = InputValues<TaskInputs>;

/** Numbers that every step gives, besides the losses and weights of the tasks. */
export const STEP_SCALARS = ['loss', 'gradientNorm', 'nonFinite'] as const;
export type StepScalar = (typeof STEP_SCALARS)[number];
export type StepVector = 'losses' | 'weights';

/**
 * A captured step that gives `loss`, the sum of all losses; `losses` `[tasks]`, after their scales; `weights` `[tasks]` as they
 * were applied; the norm of the gradient of the weighted objective, and what of it is not finite (`GradientVerdict`).
 */
export type CapturedTaskStep = CapturedStep<TaskInputs, StepScalar, StepVector>;

/** The training step of this experiment. */
export interface TaskStep extends CapturedTaskStep {
  /**
   * Inputs of step `at`, counted from 1 and asked for in order.
   * @param batch.epoch counted from 0
   * @throws Error when the steps before must have been observed and were not: see `needsReport`.
   */
  inputsAt(at: number, batch: { indices: Int32Array; epoch: number; learningRate: number }): TaskInputValues;
  /** To be told the losses of every step, in order, as they are read. */
  observe(at: number, losses: ArrayLike<number>): void;
  /** Whether all steps before `at` must have been observed before its inputs are made: DWA at the first step of an epoch. */
  needsReport(at: number, epoch: number): boolean;
  /** All that a step changes besides the model, to be saved once every step was observed. */
  readonly state: SavedState;
  /** The measurement of step `at`, if it was measured, once. */
  takeMeasurement(at: number): Measurement | null;
  /** Milliseconds that a measurement takes the device, mean so far; null before the first. */
  readonly measurementMs: number | null;
  /**
   * The parameter that a `nonFinite` greater than 0 stands for.
   * @throws RangeError for a number that stands for none.
   */
  parameterName(nonFinite: number): string;
  /** Multiply-accumulates of a training step for one image, a backward pass counted as two forward ones. */
  readonly flopsPerImage: number;
  /** What the step does that the knobs do not say, for the run's details. */
  describe(): Readonly<Record<string, string>>;
}
