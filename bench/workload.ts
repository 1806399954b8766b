import type { InitialValues } from './initial-values';
import type { JaxTask } from './jax/jax-task';
import type { LabTask } from './lab-task';
import type { TfjsTask } from './tfjs/tfjs-task';

/** Sizes that a workload can be measured over, by name: batch, tokens, width, depth. */
export type Sizes = Readonly<Record<string, number>>;

/** Default export of a file in `workloads/`; the file's name is the workload's. */
export interface Workload {
  description: string;
  sizes: Sizes;
  /**
   * The workload that this one adds something to or takes something from, of equal sizes. Where both are measured, the two
   * are timed side by side as well, and the report gives the quotient: a method's cost per step.
   */
  comparedWith?: string;
  /** Values of each size for `--scaling`, the others staying as they are. */
  scaling?: Readonly<Record<string, readonly number[]>>;
  problem: (sizes: Sizes) => Problem;
}

/** One training problem of fixed sizes, written for each engine that shall run it. All train on one fixed batch. */
export interface Problem {
  /** Floating-point operations of one training step, counted on paper: see `flopsOfStep`. */
  flopsPerStep: number;
  /** On our kernels, with our layers and optimizers. tfjs's current backend is ours. */
  lab(): LabTask;
  /** In plain tfjs with its own optimizers, as a user of tfjs writes it. */
  tfjs?(initial: InitialValues): TfjsTask;
  /** In jax-js, as one jitted function. */
  jax?(initial: InitialValues): JaxTask;
}

/**
 * FLOPs of a training step from the multiply-accumulates of one example's forward pass: two operations each, and the
 * backward pass is counted as two forward passes, one for the gradients of the inputs and one for those of the weights.
 */
export const flopsOfStep = (multiplyAccumulates: number, batch: number): number =>
  3 * 2 * batch * multiplyAccumulates;
