import type { Dataset } from '../../data/data-source';
import type { Rng } from '../../math/rng';
import type { TractSpec } from './knobs';

/** What a byte of the images stands for in a setting, in the words of a data set. */
export function inputScale(
  { inputs }: Pick<TractSpec, 'inputs'>,
  dataset: Dataset,
): Pick<Dataset, 'name' | 'shape' | 'mean' | 'standardDeviation'> {
  if (inputs === 'standardised') return dataset;
  const [, , channels] = dataset.shape;
  return {
    ...dataset,
    mean: new Array<number>(channels).fill(0),
    standardDeviation: new Array<number>(channels).fill(inputs === 'unit' ? 1 : 1 / 255),
  };
}

/**
 * The contrast of each image of a split, uniform from the lowest to 1; none where all have contrast 1.
 * @param rng stream of the split
 */
export const contrasts = (lowest: number, count: number, rng: Rng): { contrast?: Float32Array } =>
  lowest === 1
    ? {}
    : { contrast: Float32Array.from({ length: count }, () => lowest + (1 - lowest) * rng.uniform()) };
