import type { RunSeries } from '../../../run/run-series';

/** One task's column over the steps that all tasks have told so far. */
export interface ShareColumn {
  step: Float64Array;
  value: Float64Array;
  length: number;
}

/**
 * Each task's share of the weighted loss, wₖ Lₖ ∕ Σⱼ wⱼ Lⱼ: how much of what the training minimises is this task's. Kept
 * between frames, so that a growing run costs only its new steps.
 */
export class WeightedShares {
  readonly #series: RunSeries;
  readonly #tasks: readonly string[];
  #columns: Float64Array[] = [];
  #done = 0;

  constructor(series: RunSeries, tasks: readonly string[]) {
    this.#series = series;
    this.#tasks = tasks;
  }

  /** One column per task, in their order; empty ones while a weight or a loss is missing. */
  columns(): ShareColumn[] {
    const weights = this.#tasks.map((task) => this.#series.of(`weight.${task}`));
    const losses = this.#tasks.map((task) => this.#series.of(`loss.${task}`));
    const lengths = [...weights, ...losses].map((columns) => columns?.length ?? 0);
    const length = Math.min(Infinity, ...lengths);
    const step = losses[0]?.step ?? new Float64Array(0);
    if ((this.#columns[0]?.length ?? 0) < length)
      this.#columns = this.#tasks.map((_, k) => {
        const grown = new Float64Array(step.length);
        grown.set(this.#columns[k]?.subarray(0, this.#done) ?? []);
        return grown;
      });
    for (; this.#done < length; this.#done++) {
      const weighted = this.#tasks.map(
        (_, k) => (weights[k]?.value[this.#done] ?? NaN) * (losses[k]?.value[this.#done] ?? NaN),
      );
      const sum = weighted.reduce((total, value) => total + value, 0);
      this.#columns.forEach((column, k) => {
        column[this.#done] = (weighted[k] ?? NaN) / sum;
      });
    }
    return this.#tasks.map((_, k) => ({ step, value: this.#columns[k] ?? new Float64Array(0), length }));
  }
}
