export interface Evaluation {
  /** Share of examples whose largest logit is the label's, in [0, 1]; the lower class wins a tie. */
  accuracy: number;
  /** Mean cross-entropy, in nats. */
  loss: number;
}

/**
 * Accuracy and mean cross-entropy −log softmax(logits)[label] over batches of any size, each example counting once.
 * Sums run in float64 on the processor, in order, so that the result does not depend on how batches are cut.
 */
export class Evaluator {
  private correct = 0;
  private lossSum = 0;
  private count = 0;

  /** Adds a batch: logits `[examples, classes]` row-major, labels `[examples]`. */
  add(logits: Float32Array, labels: Int32Array): void {
    const classes = logits.length / labels.length;
    for (const [i, label] of labels.entries()) {
      const row = logits.subarray(i * classes, (i + 1) * classes);
      const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const sum = row.reduce((total, logit) => total + Math.exp(logit - largest), 0);
      this.lossSum += Math.log(sum) + largest - (row[label] ?? NaN);
      if (row.indexOf(largest) === label) this.correct++;
      this.count++;
    }
  }

  result(): Evaluation {
    return { accuracy: this.correct / this.count, loss: this.lossSum / this.count };
  }
}
