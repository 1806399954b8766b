import { stateOfNumbers } from '../../nn/saved-state';

/** How far from its own peak a model counts as having arrived: 2 percentage points of accuracy. */
const WITHIN = 0.02;

/**
 * Training steps until a model's test accuracy first came within 2 percentage points of its own peak so far: the
 * convergence measure of Gadhikar et al. (2024, section 4.3), who count epochs. It is as fine as the evaluations are
 * dense.
 */
export class StepsToPeak {
  #known: { step: number; accuracy: number }[] = [];
  /** The evaluations so far. */
  readonly state = stateOfNumbers(
    () => ({
      steps: this.#known.map(({ step }) => step),
      accuracies: this.#known.map(({ accuracy }) => accuracy),
    }),
    ({ steps, accuracies }) => {
      this.#known = Array.from(steps, (step, i) => ({ step, accuracy: accuracies[i] ?? NaN }));
    },
  );

  /** Takes the next evaluation and gives the measure as of now. */
  add(step: number, accuracy: number): number {
    this.#known.push({ step, accuracy });
    const peak = Math.max(...this.#known.map((known) => known.accuracy));
    return this.#known.find((known) => known.accuracy >= peak - WITHIN)?.step ?? step;
  }
}
