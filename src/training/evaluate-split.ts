import * as tf from '@tensorflow/tfjs-core';
import type { Split } from '../data/data-source';
import { Evaluator, type Evaluation } from '../nn/evaluator';
import type { PhaseEvent } from '../run/events';

/** Examples that go through a model at once; it bounds memory and changes no result. */
const EVAL_BATCH = 250;

/** What the evaluation of a split found, and how long it took. */
export interface SplitEvaluation extends Evaluation {
  /** Milliseconds per example from its indices to its logits here, at this batch size, as the clock on the wall has it. */
  msPerExample: number;
}

/**
 * Accuracy and loss of a classifier over a whole split, with progress. It draws nothing and changes nothing.
 * @param logitsOf indices of examples, int32 `[examples]` → logits `[examples, classes]`
 */
export async function* evaluateSplit(
  { count: total, labels }: Split,
  logitsOf: (examples: tf.Tensor1D) => tf.Tensor2D,
  signal: AbortSignal,
): AsyncGenerator<PhaseEvent, SplitEvaluation, void> {
  const evaluator = new Evaluator();
  let ms = 0;
  for (let from = 0; from < total; from += EVAL_BATCH) {
    yield { kind: 'phase', phase: 'evaluating', progress: { done: from, total, unit: 'examples' } };
    signal.throwIfAborted();
    const to = Math.min(from + EVAL_BATCH, total);
    const startedAt = performance.now();
    const logits = tf.tidy(() => logitsOf(tf.range(from, to, 1, 'int32')));
    try {
      const values = await logits.data<'float32'>();
      ms += performance.now() - startedAt;
      evaluator.add(values, Int32Array.from(labels.subarray(from, to)));
    } finally {
      logits.dispose();
    }
  }
  return { ...evaluator.result(), msPerExample: ms / total };
}
