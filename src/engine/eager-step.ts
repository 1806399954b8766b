import * as tf from '@tensorflow/tfjs-core';
import type { CaptureOutcome } from './capture-outcome';
import type { CapturedStep, StepDefinition } from './captured-step';
import {
  checkInputs,
  inputTensors,
  type InputSpecs,
  type InputTensors,
  type InputValues,
} from './step-inputs';
import { columnsOf, fieldsOf } from './step-outputs';

/**
 * Runs the step in tfjs once.
 * @returns its scalars and then its vectors, in the declared order, as tensors of the caller's own
 * @throws TypeError when a scalar is not a single float32, or a vector not as many as declared.
 */
export function runOnce<I extends InputSpecs, O extends string, V extends string>(
  definition: Omit<StepDefinition<I, O, V>, 'inputs'>,
  tensors: () => InputTensors<I>,
): tf.Tensor[] {
  return tf.tidy(() => {
    const results: Record<O | V, tf.Tensor> = definition.step(tensors());
    return fieldsOf(definition).map(({ name, length, isVector }) => {
      const result = results[name];
      if (result.size !== length || result.dtype !== 'float32' || (isVector && result.rank !== 1))
        throw new TypeError(
          `the step's output ${name} must be ${isVector ? `float32 [${length}]` : 'one float32 number'}`,
        );
      return tf.clone(result); // the step may give one of its own inputs
    });
  });
}

/** A step on a backend that cannot replay: tfjs runs it anew each time. */
export class EagerStep<
  I extends InputSpecs,
  O extends string,
  V extends string = never,
> implements CapturedStep<I, O, V> {
  readonly outcome: CaptureOutcome;
  private waiting: tf.Tensor[][] = [];

  constructor(
    private readonly definition: StepDefinition<I, O, V>,
    reason: string,
  ) {
    this.outcome = { captured: false, reason };
  }

  // A promise even for what fails at once, as where steps are captured.
  // eslint-disable-next-line @typescript-eslint/require-await
  async run(values: InputValues<I>): Promise<void> {
    const { definition } = this;
    checkInputs(definition.inputs, values);
    this.waiting.push(runOnce(definition, () => inputTensors(definition.inputs, values)));
  }

  async read(): Promise<Record<O | V, Float32Array>> {
    const rows = this.waiting;
    this.waiting = [];
    const fields = fieldsOf(this.definition);
    const parts = rows.flat();
    if (parts.length === 0) return columnsOf(fields, new Float32Array());
    // One transfer for all.
    const packed = tf.tidy(() => tf.concat1d(parts.map((part) => tf.reshape<tf.Rank.R1>(part, [-1]))));
    tf.dispose(rows);
    try {
      return columnsOf(fields, await packed.data<'float32'>());
    } finally {
      packed.dispose();
    }
  }

  dispose(): void {
    tf.dispose(this.waiting);
    this.waiting = [];
  }
}
