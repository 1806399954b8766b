import type * as tf from '@tensorflow/tfjs-core';
import type { CaptureOutcome } from './capture-outcome';
import type { InputSpecs, InputTensors, InputValues } from './step-inputs';
import type { StepOutputs } from './step-outputs';

/** A training step as `capture` takes it. */
export interface StepDefinition<
  I extends InputSpecs,
  O extends string,
  V extends string = never,
> extends StepOutputs<O, V> {
  /** Everything that differs from step to step, numbers such as the learning rate included. */
  inputs: I;
  /**
   * One step in tfjs. Parameters and other state are changed where they lie (`defineUpdate`), and nowhere else is
   * anything remembered: a replay does not call this again, and a step that is compared or timed calls it twice. A number
   * that it reads from anywhere but its inputs stays what it was.
   */
  step: (inputs: InputTensors<I>) => Record<O, tf.Scalar> & Record<NoInfer<V>, tf.Tensor1D>;
}

export type { CaptureOutcome };

/** A training step that can be run again and again. */
export interface CapturedStep<I extends InputSpecs, O extends string, V extends string = never> {
  /**
   * Null until known: the first steps run in tfjs, and the first replays are compared with tfjs. So are the replays of
   * steps 10, 100, 1000 and so on; where one differs, the outcome turns to not captured.
   */
  readonly outcome: CaptureOutcome | null;
  /**
   * One step. Resolves when the device has room for another, which is before the work is done.
   * @throws RangeError for inputs that are not as declared
   * @throws Error when the state was replaced from outside since the capture, when the step before is not through, and
   * whatever the step itself throws.
   */
  run(inputs: InputValues<I>): Promise<void>;
  /**
   * The outputs of every step since the last reading, oldest first: of a scalar one number for each step, of a vector of
   * length n that many, row after row.
   */
  read(): Promise<Record<O | V, Float32Array>>;
  /** Frees all it holds on the device, not the state it trained. */
  dispose(): void;
}
