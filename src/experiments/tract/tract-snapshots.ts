import type { NumberArray } from '../../run/snapshot';

/** Name of the snapshots of the first layer's weights; given before the first step and at every evaluation. */
export const FILTERS = 'filters';
/** Name of the snapshot of the Gram matrix's eigenvalues; given once, before the first step. */
export const SPECTRUM = 'spectrum';
/** Name of the snapshots of what updates do to pre-activations; given as the filters are. */
export const RESPONSE = 'response';

/** The first of the first layer's filters, as pictures. */
export interface FiltersArrays {
  /** `[filters, height, width, channels]` */
  filters: NumberArray;
}

/** How much the first layer's inputs vary, over some test images. */
export interface SpectrumArrays {
  /** Eigenvalues of C = xᵀx / rows, largest first: `[min(rows, inputs)]`. */
  eigenvalues: NumberArray;
}

/**
 * For some test images, each for itself: how much its pre-activations change when it alone is trained on, per unit of learning
 * rate under plain SGD, with the model as it is. All `[images]`; sizes are root mean squares over an image's rows and
 * outputs. With either update, whichever one the run trains with. Batch norms couple the images a little.
 */
export interface ResponseArrays {
  /** Standard deviation of an image's values as the model is given them. */
  contrast: NumberArray;
  /** The change that a step on the pre-activations themselves asks for. */
  asked: NumberArray;
  /** The change that comes of the plain gradient. */
  vanilla: NumberArray;
  /** The change that comes of TrAct's, with the run's λ. */
  tract: NumberArray;
}
