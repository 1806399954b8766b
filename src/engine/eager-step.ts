import * as tf from '@tensorflow/tfjs-core';
import type { CaptureOutcome } from './capture-outcome';
import type { CapturedStep, StepDefinition } from './captured-step';
import { checkInputs, inputTensors, type InputSpecs, type InputValues } from './step-inputs';

/**
 * Runs the step in tfjs once.
 * @returns its outputs in the declared order, as tensors of the caller's own
 * @throws TypeError when an output is not a single float32.
 */
export function runOnce<I extends InputSpecs, O extends string>(
  { outputs, step }: Pick<StepDefinition<I, O>, 'outputs' | 'step'>,
  tensors: () => Parameters<StepDefinition<I, O>['step']>[0],
): tf.Scalar[] {
  return tf.tidy(() => {
    const results = step(tensors());
    return outputs.map((name) => {
      const result: tf.Scalar = results[name];
      if (result.size !== 1 || result.dtype !== 'float32')
        throw new TypeError(`the step's output ${name} must be one float32 number`);
      return tf.clone(result); // the step may give one of its own inputs
    });
  });
}

/** A step on a backend that cannot replay: tfjs runs it anew each time. */
export class EagerStep<I extends InputSpecs, O extends string> implements CapturedStep<I, O> {
  readonly outcome: CaptureOutcome;
  private waiting: tf.Scalar[][] = [];

  constructor(
    private readonly definition: StepDefinition<I, O>,
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

  async read(): Promise<Record<O, Float32Array>> {
    const rows = this.waiting;
    this.waiting = [];
    const { outputs } = this.definition;
    if (rows.length === 0) return columnsOf(outputs, () => new Float32Array());
    const packed = tf.tidy(() => tf.stack(rows.flat())); // one transfer for all
    tf.dispose(rows);
    try {
      const numbers = await packed.data<'float32'>();
      return columnsOf(outputs, (i) => numbers.filter((_, at) => at % outputs.length === i));
    } finally {
      packed.dispose();
    }
  }

  dispose(): void {
    tf.dispose(this.waiting);
    this.waiting = [];
  }
}

/** One list of numbers per output. */
export const columnsOf = <O extends string>(
  outputs: readonly O[],
  column: (index: number) => Float32Array,
): Record<O, Float32Array> =>
  Object.fromEntries(outputs.map((name, i) => [name, column(i)])) as Record<O, Float32Array>;
