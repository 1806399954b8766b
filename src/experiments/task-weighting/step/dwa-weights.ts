import type { Rng } from '../../../math/rng';
import { joinStates, stateOfNumbers, type SavedState } from '../../../nn/saved-state';
import type { LossWeighting, WeightingState } from '../../../methods/weighting/weighting-method';

/**
 * Weights that come from the losses of earlier epochs (DWA): computed on the processor, declared to the step. Steps are
 * observed as they are read back, which is later than they run.
 */
export class EpochWeights {
  readonly #method: LossWeighting;
  readonly #tasks: number;
  readonly #rng: Rng;
  #state: WeightingState;
  /** Of the steps that were begun and not observed yet. */
  readonly #epochs = new Map<number, number>();
  #begun = { at: 0, epoch: -1 };
  #observed = 0;
  #weights: Float64Array;

  /** Where it stands between two steps, once all were observed. */
  readonly state: SavedState = joinStates({
    method: stateOfNumbers(
      () => this.#state,
      (state) => {
        this.#state = state;
      },
    ),
    epoch: stateOfNumbers(
      () => ({ begun: [this.#begun.at, this.#begun.epoch], weights: this.#weights }),
      ({ begun: [at = 0, epoch = -1], weights }) => {
        this.#begun = { at, epoch };
        this.#observed = at;
        this.#weights = weights;
      },
    ),
  });

  /** @param rng which the method does not draw from */
  constructor(method: LossWeighting, tasks: number, rng: Rng) {
    this.#method = method;
    this.#tasks = tasks;
    this.#rng = rng;
    this.#state = method.initial(tasks);
    this.#weights = new Float64Array(tasks);
  }

  /** Whether the steps before `at` must be observed first. */
  needsReport(at: number, epoch: number): boolean {
    return epoch !== this.#begun.epoch && this.#observed < at - 1;
  }

  /**
   * The weights of step `at`.
   * @throws Error at the first step of an epoch when the steps before were not all observed.
   */
  weightsAt(at: number, epoch: number): Float64Array {
    if (this.needsReport(at, epoch))
      throw new Error(
        `step ${at} begins an epoch, and ${at - 1 - this.#observed} before it were not observed`,
      );
    if (epoch !== this.#begun.epoch) {
      // They do not depend on the losses of the step itself.
      const unknown = new Float64Array(this.#tasks);
      this.#weights = this.#method.weigh(unknown, this.#state, { epoch, rng: this.#rng }).weights;
    }
    this.#begun = { at, epoch };
    this.#epochs.set(at, epoch);
    return this.#weights;
  }

  /** @throws Error for a step that was not begun, or not in order. */
  observe(at: number, losses: ArrayLike<number>): void {
    const epoch = this.#epochs.get(at);
    if (epoch === undefined || at !== this.#observed + 1)
      throw new Error(`step ${at} was observed after step ${this.#observed}`);
    this.#epochs.delete(at);
    this.#observed = at;
    const { state } = this.#method.weigh(Float64Array.from(losses), this.#state, { epoch, rng: this.#rng });
    this.#state = state;
  }
}
